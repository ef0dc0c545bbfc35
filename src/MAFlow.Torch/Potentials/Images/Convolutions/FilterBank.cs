using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>Ridge units on a grid: Σ_m Σ_r a_m(r) f((S_m ∗ x)(r) + β_m(r)), f = softplus, with zeros beyond the image.</summary>
/// <param name="Dilation">Distance between the taps.</param>
/// <param name="Filters">S, shape [M, C, k, k].</param>
/// <param name="Bias">β, shape [M, H, W].</param>
/// <param name="Height">a, shape [M, H, W].</param>
/// <param name="Norm">Σ_u S_m(u)² over the taps that lie in the image, shape [M, H, W].</param>
internal sealed record FilterBank(int Dilation, Tensor Filters, Tensor Bias, Tensor Height, Tensor Norm)
{
    private long[] Padding => [Dilation * (Filters.shape[2] / 2), Dilation * (Filters.shape[3] / 2)];

    private long[] Spacing => [Dilation, Dilation];

    /// <summary>The norm of filters on images of a size.</summary>
    public static Tensor NormOf(ImageShape shape, int dilation, Tensor filters)
    {
        using var scope = NewDisposeScope();
        var inside = ones([1, shape.Channels, shape.Height, shape.Width], dtype: filters.dtype, device: filters.device);
        var squares = new FilterBank(dilation, filters.Square(), filters, filters, filters);
        return squares.Look(inside)[0].MoveToOuterDisposeScope();
    }

    /// <summary>φ of each image.</summary>
    public Tensor Value(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Activation.Softplus.Value(Look(images).Add(Bias)).mul(Height).sum([1L, 2L, 3L]).MoveToOuterDisposeScope();
    }

    /// <summary>∇φ [B, C, H, W] and ∇²φ [B].</summary>
    public (Tensor Gradient, Tensor Laplacian) At(Tensor images)
    {
        using var scope = NewDisposeScope();
        var s = Activation.Softplus.First(Look(images).Add(Bias));
        var gradient = nn.functional.conv_transpose2d(s.mul(Height), Filters, padding: Padding, dilation: Spacing);
        var laplacian = Activation.Softplus.Second(s).flatten(1).mv(Height.mul(Norm).flatten());
        return (gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    private Tensor Look(Tensor images) => nn.functional.conv2d(images, Filters, padding: Padding, dilation: Spacing);
}
