using static TorchSharp.torch;

namespace MAFlow.Torch.Matching;

/// <summary>The amplitudes whose velocity Σⱼ aⱼ f'(yⱼ) wⱼ comes nearest to that of a path in the mean square: M a = c.</summary>
/// <remarks>M = (F'ᵀF'/B) ∘ (W Wᵀ) with F' = f'(xWᵀ + b), and c_j = mean f'(y_j) w_j·v. One product of the size of the units, no
/// solve of a differential equation. All in float64.</remarks>
/// <param name="Matrix">M, shape [P, P].</param>
/// <param name="Target">c, shape [P].</param>
internal sealed record NormalEquations(Tensor Matrix, Tensor Target)
{
    private const long RowsAtOnce = 2_048;

    // Of the diagonal, where the matrix is singular to rounding.
    private const double LeastStrength = 1e-10;
    private const int MaxTries = 12;

    /// <summary>Sums over the points of a path.</summary>
    /// <param name="units">W and b.</param>
    /// <param name="slopes">f'.</param>
    /// <param name="path">Points and velocities.</param>
    /// <param name="cancellation">Ends it between blocks of points.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static NormalEquations Of(
        CandidateUnits units, Func<Tensor, Tensor> slopes, PathPoints path, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (matrix, target) = (zeros([units.Count, units.Count], float64), zeros(units.Count, dtype: float64));
        for (var start = 0L; start < path.Count; start += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var rows = Math.Min(RowsAtOnce, path.Count - start);
            var s = slopes(units.Preactivation(path.Points.narrow(0, start, rows)));
            matrix.Add_(s.t().mm(s));
            target.Add_(s.mul(path.Velocities.narrow(0, start, rows).mm(units.Weight.t())).sum([0L]));
        }

        matrix.Div_(path.Count).mul_(units.Weight.mm(units.Weight.t()));
        return new(matrix.MoveToOuterDisposeScope(), target.Div_(path.Count).MoveToOuterDisposeScope());
    }

    /// <summary>a = (M + λ diag M)⁻¹ c, shape [P].</summary>
    /// <param name="strength">λ, at least 0.</param>
    public Tensor Solve(double strength)
    {
        using var scope = NewDisposeScope();
        var diagonal = Matrix.diagonal();
        // A unit that is off everywhere has a row of zeros.
        var floor = diagonal.max().Mul(1e-12).ClampMin(double.MinValue);
        strength = Math.Max(strength, LeastStrength);
        for (var attempt = 0; attempt < MaxTries; attempt++, strength *= 10)
        {
            var (factor, info) = linalg.cholesky_ex(Matrix.Add(diag(diagonal.Mul(strength).Add(floor))), check_errors: false);
            if (info.item<int>() == 0)
            {
                return cholesky_solve(Target.unsqueeze(1), factor, upper: false).squeeze(1).MoveToOuterDisposeScope();
            }
        }

        return zeros_like(Target).MoveToOuterDisposeScope();
    }

    /// <summary>What amplitudes leave of the mean squared velocity, less its mean square itself: aᵀMa - 2cᵀa, below 0 where they
    /// explain some of it.</summary>
    public double Loss(Tensor amplitude)
    {
        using var scope = NewDisposeScope();
        return Matrix.mv(amplitude).dot(amplitude).item<double>() - (2 * Target.dot(amplitude).item<double>());
    }

    /// <summary>The equations of some of the units.</summary>
    public NormalEquations Select(Tensor index) => new(Matrix.index_select(0, index).index_select(1, index), Target.index_select(0, index));

    /// <summary>The equations over the points of both.</summary>
    /// <param name="other">Of the same units, over other points.</param>
    /// <param name="share">Share of the points that are these, from 0 to 1.</param>
    public NormalEquations Joined(NormalEquations other, double share)
    {
        using var scope = NewDisposeScope();
        return new(
            Matrix.Mul(share).Add(other.Matrix, 1 - share).MoveToOuterDisposeScope(),
            Target.Mul(share).Add(other.Target, 1 - share).MoveToOuterDisposeScope());
    }

    /// <summary>The strength whose amplitudes leave least on points that they were not fitted to.</summary>
    /// <param name="strengths">Those to choose from, at least one.</param>
    /// <param name="others">The equations over those points.</param>
    public double BestStrength(IEnumerable<double> strengths, NormalEquations others)
    {
        using var scope = NewDisposeScope();
        return strengths.MinBy(strength => others.Loss(Solve(strength)));
    }
}
