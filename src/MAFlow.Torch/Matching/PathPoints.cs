using static TorchSharp.torch;

namespace MAFlow.Torch.Matching;

/// <summary>Points of the path that turns noise into data, x = cos θ x₀ + sin θ x₁, and their velocities dx/dθ = cos θ x₁ - sin θ
/// x₀.</summary>
/// <remarks>x₀ is standard normal, x₁ a row of the data. On white data every θ has the same covariance, so the Gaussian part of the
/// velocity is zero. Albergo, Vanden-Eijnden (2023); Lipman et al. (2023).</remarks>
/// <param name="Points">x, shape [B, N], float64.</param>
/// <param name="Velocities">dx/dθ, shape [B, N], float64.</param>
internal sealed record PathPoints(Tensor Points, Tensor Velocities)
{
    public long Count => Points.shape[0];

    /// <summary>Draws points at angles that are uniform between two.</summary>
    /// <param name="rows">Data [rows, N], float64, in random order; each is used equally often.</param>
    /// <param name="start">First angle, at least 0 (noise).</param>
    /// <param name="end">Last angle, at most π/2 (data).</param>
    /// <param name="count">Number of points B.</param>
    /// <param name="generator">Source of x₀ and of the angles.</param>
    public static PathPoints Draw(Tensor rows, double start, double end, long count, Generator generator)
    {
        using var scope = NewDisposeScope();
        var data = rows.index_select(0, TensorFactories.Arange(count, int64).Remainder(rows.shape[0]));
        var noise = randn([count, rows.shape[1]], dtype: float64, generator: generator);
        var angle = rand([count, 1], dtype: float64, generator: generator).Mul(end - start).Add(start);
        var (sine, cosine) = (angle.sin(), angle.cos());
        return new(
            cosine.mul(noise).Add(sine.mul(data)).MoveToOuterDisposeScope(),
            cosine.mul(data).sub(sine.mul(noise)).MoveToOuterDisposeScope());
    }
}
