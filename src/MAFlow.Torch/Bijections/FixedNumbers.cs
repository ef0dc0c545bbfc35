using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// A tensor that a bijection holds and that stays as precise as it is: no field of a module that TorchSharp would convert with the
/// parameters.
/// </summary>
/// <param name="value">The numbers, on the CPU.</param>
internal sealed class FixedNumbers(Tensor value) : IDisposable
{
    /// <summary>The numbers, on the CPU.</summary>
    public Tensor Value { get; } = value;

    /// <summary>The numbers, where others are.</summary>
    public Tensor At(Tensor other) => Value.to(other.device);

    public void Dispose() => Value.Dispose();
}
