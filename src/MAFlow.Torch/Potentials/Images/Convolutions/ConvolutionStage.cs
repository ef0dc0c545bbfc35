using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>Value, velocity and Laplacian of a convolutional potential.</summary>
/// <param name="terms">φ.</param>
internal sealed class ConvolutionStage(ConvolutionTerms terms)
{
    private readonly ImageShape _shape = terms.Shape;

    /// <summary>φ of each row.</summary>
    /// <param name="x">Shape [B, N].</param>
    public Tensor Value(Tensor x)
    {
        using var scope = NewDisposeScope();
        var images = _shape.Images(x);
        var pixels = images.unsqueeze(2);
        var y = pixels.mul(terms.Sharpness).Add(terms.Offset);
        var t = y.tanh();
        var seen = cat([pixels, t], 2).mul(terms.Amplitude);
        var sites = Activation.LogCosh.Value(y).mul(terms.Curvature).Add(t.mul(terms.Pull)).sum([1L, 2L, 3L, 4L]);
        var pairs = Couple(seen).mul(seen).sum([1L, 2L, 3L, 4L]).Mul(0.5);
        return terms.Filters.Aggregate(sites.Add(pairs), (sum, bank) => sum.Add(bank.Value(images))).MoveToOuterDisposeScope();
    }

    /// <summary>∇φ [B, N] and ∇²φ [B].</summary>
    /// <param name="x">Shape [B, N].</param>
    public (Tensor Gradient, Tensor Laplacian) At(Tensor x)
    {
        using var scope = NewDisposeScope();
        var images = _shape.Images(x);
        var pixels = images.unsqueeze(2);
        var t = pixels.mul(terms.Sharpness).Add(terms.Offset).tanh();
        // What pixels and features feel from their neighbours; no pixel couples to itself, so ∇²φ has no more than this.
        var felt = Couple(cat([pixels, t], 2).mul(terms.Amplitude)).mul(terms.Amplitude);
        var force = felt.narrow(2, 1, t.shape[2]).Add(terms.Pull);
        var slope = t.Square().neg().Add(1).mul(terms.Sharpness);
        var bent = terms.Curvature.mul(terms.Sharpness);
        var gradient = felt.select(2, 0).Add(slope.mul(force).Add(t.mul(bent)).sum([2L]));
        var laplacian = slope.mul(bent.sub(t.mul(force).mul(terms.Sharpness.Mul(2)))).sum([1L, 2L, 3L, 4L]);
        foreach (var bank in terms.Filters)
        {
            var part = bank.At(images);
            (gradient, laplacian) = (gradient.Add(part.Gradient), laplacian.Add(part.Laplacian));
        }

        return (_shape.Rows(gradient).MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>W ∗ f of amplitudes times features [B, C, 1 + P, H, W].</summary>
    private Tensor Couple(Tensor features)
    {
        var (channels, height, width) = (terms.Kernel.shape[0], terms.Kernel.shape[2] / 2, terms.Kernel.shape[3] / 2);
        var flat = features.reshape(features.shape[0], channels, -1, _shape.Width);
        return nn.functional.conv2d(flat, terms.Kernel, padding: [height, width]).view(features.shape);
    }
}
