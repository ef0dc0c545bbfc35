using static TorchSharp.torch;

namespace MAFlow.Torch.Energies.Particles;

/// <summary>What two particles at a distance cost, in units of the temperature.</summary>
internal abstract class PairInteraction
{
    /// <summary>Energy of each pair, of any shape, differentiable.</summary>
    /// <param name="square">d², not negative.</param>
    public abstract Tensor Value(Tensor square);

    /// <summary>Whether particles on top of each other have a finite energy and no force.</summary>
    public abstract bool IsSmoothAtContact { get; }

    /// <summary>Whether energies rise at large distances, so that particles keep together by themselves.</summary>
    public abstract bool Confines { get; }
}
