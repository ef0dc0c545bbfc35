using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Gaussians;

/// <summary>A quadratic potential in the basis in which its coordinates move independently of each other.</summary>
/// <param name="Vectors">As columns, shape [N, N], float64.</param>
/// <param name="Rates">θ, shape [N], float64.</param>
/// <param name="Pull">g in that basis, shape [N], float64.</param>
internal sealed record GaussianSpectrum(Tensor Vectors, Tensor Rates, Tensor Pull) : IDisposable
{
    // Below it the series of (e^{θs} - 1)/θ is s to rounding.
    private const double Tiny = 1e-12;

    /// <param name="matrix">A, symmetric.</param>
    /// <param name="pull">g.</param>
    public static GaussianSpectrum Of(Tensor matrix, Tensor pull)
    {
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        using var _ = no_grad();
        var (rates, vectors) = linalg.eigh(matrix.to(ScalarType.Float64));
        var turned = pull.to(ScalarType.Float64).unsqueeze(0).mm(vectors)[0];
        Tensor Held(Tensor tensor) => tensor.clone().DetachFromDisposeScope();
        return new(Held(vectors), Held(rates), Held(turned));
    }

    /// <summary>(e^{θs} - 1)/θ, which is s where θ is zero.</summary>
    public static Tensor Growth(Tensor rates, double time)
    {
        using var scope = NewDisposeScope();
        var isTiny = rates.abs().Lt(Tiny);
        var safe = where(isTiny, ones_like(rates), rates);
        return where(isTiny, ones_like(rates).Mul(time), safe.Mul(time).expm1().div(safe)).MoveToOuterDisposeScope();
    }

    /// <summary>Points after a time, ∫∇²φ dt and ∫|∇φ|² dt.</summary>
    public (Tensor X, Tensor Laplacian, Tensor Energy) Carry(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        Tensor Like(Tensor tensor) => tensor.to(x.dtype, x.device);
        var (vectors, pull) = (Like(Vectors), Like(Pull));
        var y = x.mm(vectors);
        var moved = y.mul(Like(Rates.Mul(time).exp())).Add(Like(Pull.mul(Growth(Rates, time)))).mm(vectors.t());
        // |θy + g|² grows at 2θ times itself.
        var energy = y.mul(Like(Rates)).Add(pull).Square().mv(Like(Growth(Rates.Mul(2), time)));
        var laplacian = Like(Rates.sum().Mul(time)).expand(x.shape[0]).clone();
        return (moved.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope(), energy.MoveToOuterDisposeScope());
    }

    /// <summary>∇ ln p after a time.</summary>
    public Tensor CarryScore(Tensor score, double time)
    {
        using var scope = NewDisposeScope();
        var vectors = Vectors.to(score.dtype, score.device);
        return score.mm(vectors).mul(Rates.Mul(-time).exp().to(score.dtype, score.device)).mm(vectors.t()).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Vectors.Dispose();
        Rates.Dispose();
        Pull.Dispose();
    }
}
