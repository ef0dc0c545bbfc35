using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>The discrete Fourier transform of fields on a torus, and the linear maps that are diagonal in it.</summary>
/// <param name="extents">Number of sites along each axis.</param>
internal sealed class TorusFourier(IReadOnlyList<int> extents)
{
    private readonly long[] _shape = [.. extents.Select(extent => (long)extent)];
    private readonly long[] _axes = [.. Enumerable.Range(0, extents.Count).Select(axis => (long)axis - extents.Count)];

    /// <summary>Number of sites N.</summary>
    public long Sites { get; } = extents.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Half spectrum of real fields (the other half is its conjugate).</summary>
    /// <param name="fields">Shape [..., N].</param>
    /// <returns>Complex, shape [..., L₁, …, L_d/2 + 1].</returns>
    public Tensor Forward(Tensor fields)
    {
        using var scope = NewDisposeScope();
        return fft.rfftn(fields.reshape([.. fields.shape[..^1], .. _shape]), dim: _axes).MoveToOuterDisposeScope();
    }

    /// <summary>Undoes <see cref="Forward"/>.</summary>
    /// <param name="spectrum">Complex, shape [..., L₁, …, L_d/2 + 1].</param>
    /// <returns>Shape [..., N].</returns>
    public Tensor Backward(Tensor spectrum)
    {
        using var scope = NewDisposeScope();
        var fields = fft.irfftn(spectrum, _shape, _axes);
        return fields.reshape([.. fields.shape[..^_shape.Length], Sites]).MoveToOuterDisposeScope();
    }

    /// <summary>Multiplies each wave vector by a real number: a symmetric circulant map.</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <param name="eigenvalues">One per wave vector, even under k ↦ -k, shape [N].</param>
    public Tensor Filter(Tensor x, Tensor eigenvalues)
    {
        using var scope = NewDisposeScope();
        var half = eigenvalues.reshape(_shape).narrow(-1, 0, (_shape[^1] / 2) + 1);
        return Backward(Forward(x).mul(half)).MoveToOuterDisposeScope();
    }
}
