namespace MAFlow.Torch.Training;

/// <summary>Whether training on data begins with a start without simulation: units and amplitudes of ridge potentials in closed
/// form.</summary>
public enum StartMode
{
    /// <summary>Where a flow of ridge potentials at rest, of at most 32 coordinates, is trained by maximum likelihood; kept if it lowers
    /// the validation NLL.</summary>
    Auto,

    /// <summary>Training begins with the weights that the flow has.</summary>
    None,

    /// <summary>With any objective and any weights. The start is kept also if the validation NLL rises, as long as that is a finite number
    /// which twice the depth confirms. A flow of other potentials is refused.</summary>
    Always,
}
