using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Full affine Gaussianisation of what a linear regression on contexts leaves of rows: behind it, rows given their context are
/// white.</summary>
/// <param name="context">The context c of each row, shape [R, C], float64, of unit spread; not disposed.</param>
internal sealed class ResidualGaussianization(Tensor context) : BijectionFit
{
    // What the context determines has a spread of its own all the same, or numbers of the flow would have no digits left.
    private const double LeastShare = 1e-4;

    protected internal override Bijection Fit(Tensor data)
    {
        using var sample = RowSample.Draw(data.shape[0]);
        return Fit(data, sample, default);
    }

    internal override Bijection Fit(Tensor data, RowSample sample, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        var residuals = ContextRegression.Of(data, context).Residuals.Add(data.Mul(LeastShare));
        return new AffineGaussianization(shrinkage: null).Fit(residuals, sample, limits);
    }
}
