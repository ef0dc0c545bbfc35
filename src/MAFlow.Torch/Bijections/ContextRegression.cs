using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The linear regression of rows on their contexts, y ≈ m + A c, with a small penalty on its slopes.</summary>
/// <param name="Intercept">m, shape [N], float64.</param>
/// <param name="Slopes">A, shape [N, C], float64.</param>
/// <param name="Residuals">y - m - A c, shape [R, N], float64.</param>
internal sealed record ContextRegression(Tensor Intercept, Tensor Slopes, Tensor Residuals)
{
    /// <param name="rows">y, shape [R, N], float64.</param>
    /// <param name="context">c, shape [R, C], float64, of unit spread.</param>
    public static ContextRegression Of(Tensor rows, Tensor context)
    {
        using var scope = NewDisposeScope();
        var (count, width) = (context.shape[0], context.shape[1]);
        var (centre, mean) = (context.mean([0L], keepdim: true), rows.mean([0L]));
        var (c, y) = (context.sub(centre), rows.sub(mean));
        var penalty = (1e-3 * count) + width;
        var normal = c.t().mm(c).Add(eye(width, dtype: float64).Mul(penalty));
        var slopes = linalg.solve(normal, c.t().mm(y)).t();
        var residuals = y.sub(c.mm(slopes.t()));
        return new(
            mean.sub(slopes.mv(centre[0])).MoveToOuterDisposeScope(), slopes.MoveToOuterDisposeScope(),
            residuals.MoveToOuterDisposeScope());
    }
}
