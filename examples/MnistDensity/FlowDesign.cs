namespace MnistDensity;

/// <summary>Which potentials the flow is made of.</summary>
public enum FlowDesign
{
    /// <summary>A Gaussian of all pixels, then potentials of pixels that are bent first and coupled with their neighbours after.</summary>
    Convolution,

    /// <summary>White pixels, then the paper's potentials of one hidden layer.</summary>
    Ridge,
}
