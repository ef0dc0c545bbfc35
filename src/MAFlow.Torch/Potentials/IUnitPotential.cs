using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A potential made of units, φ(x) = Σⱼ aⱼ f(wⱼ·x + bⱼ). Its velocity is linear in the amplitudes a, so those that come nearest
/// to a given velocity have a closed form.</summary>
internal interface IUnitPotential
{
    /// <summary>W, shape [h, N].</summary>
    Tensor Weight { get; }

    /// <summary>b, shape [h]; null where f is even.</summary>
    Tensor? Bias { get; }

    /// <summary>a, shape [h].</summary>
    Tensor Amplitude { get; }

    /// <summary>f'(y), elementwise.</summary>
    Tensor Slopes(Tensor y);
}
