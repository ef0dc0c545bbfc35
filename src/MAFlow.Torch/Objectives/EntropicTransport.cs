using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>Entropic optimal transport between equally weighted points: min over plans P of ⟨C, P⟩ + ε KL(P | a ⊗ b).</summary>
/// <remarks>
/// Its dual potentials satisfy fᵢ = -ε ln meanⱼ exp((gⱼ - Cᵢⱼ)/ε) and the same with the parts exchanged; where they do, its value is
/// mean f + mean g. Sinkhorn's iteration takes the two in turn, in logarithms, so that no ε is too small for its numbers. It begins with a
/// large ε and halves it: potentials of one ε are nearly those of the next. At the last ε steps are made longer, as
/// <see cref="Overrelaxation"/> says.
/// Cuturi (2013); Schmitzer (2019); Feydy et al. (2019); Thibault, Chizat, Dossal, Papadakis (2021).
/// </remarks>
/// <param name="epsilon">ε, positive, in units of the cost.</param>
/// <param name="tolerance">Largest share of the mass that may be misplaced at the end.</param>
internal sealed class EntropicTransport(double epsilon, double tolerance)
{
    private const int MaxIterations = 2_000;

    /// <summary>The dual potentials of two different sets.</summary>
    /// <param name="cost">C [n, m].</param>
    /// <returns>f [n] and g [m].</returns>
    /// <exception cref="InvalidOperationException">The iteration does not converge.</exception>
    public (Tensor F, Tensor G) Between(Tensor cost)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (f, g) = (zeros(cost.shape[0], cost.dtype, cost.device), zeros(cost.shape[1], cost.dtype, cost.device));
        foreach (var scale in Scales(cost))
        {
            using var inner = NewDisposeScope();
            var kernel = cost.Div(-scale);
            f = Potential(kernel, g.Div(scale)).Mul(scale).MoveToOuterDisposeScope();
            g = Potential(kernel.t(), f.Div(scale)).Mul(scale).MoveToOuterDisposeScope();
        }

        var scaled = cost.Div(-epsilon);
        var (u, v) = (f.Div(epsilon), g.Div(epsilon));
        var relaxation = new Overrelaxation();
        Iterate(() =>
        {
            using var inner = NewDisposeScope();
            var (ofRows, next) = Relaxed(u, Potential(scaled, v), relaxation.Factor);
            u = next.MoveToOuterDisposeScope();
            (var ofColumns, next) = Relaxed(v, Potential(scaled.t(), u), relaxation.Factor);
            v = next.MoveToOuterDisposeScope();
            relaxation.Observe(Math.Max(ofRows, ofColumns));
            return Math.Max(ofRows, ofColumns);
        });
        return (u.Mul(epsilon).MoveToOuterDisposeScope(), v.Mul(epsilon).MoveToOuterDisposeScope());
    }

    /// <summary>The dual potential of a set and itself, for which both are the same; the value is twice its mean.</summary>
    /// <param name="cost">C [n, n], symmetric.</param>
    /// <returns>f [n].</returns>
    /// <exception cref="InvalidOperationException">The iteration does not converge.</exception>
    public Tensor Within(Tensor cost)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var f = zeros(cost.shape[0], cost.dtype, cost.device);
        foreach (var scale in Scales(cost))
        {
            using var inner = NewDisposeScope();
            f = f.Add(Potential(cost.Div(-scale), f.Div(scale)).Mul(scale)).Div(2).MoveToOuterDisposeScope();
        }

        var (scaled, u) = (cost.Div(-epsilon), f.Div(epsilon));
        Iterate(() =>
        {
            using var inner = NewDisposeScope();
            // The mean of the two converges at once where either alone would swing.
            var (misplaced, next) = Relaxed(u, Potential(scaled, u), 0.5);
            u = next.MoveToOuterDisposeScope();
            return misplaced;
        });
        return u.Mul(epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>fᵢ of the potential g of the other set; differentiable by the cost, which differentiates the value by the points where g is
    /// that of the optimum and held fixed.</summary>
    /// <param name="cost">C [n, m].</param>
    /// <param name="g">g [m].</param>
    public Tensor SoftMinimum(Tensor cost, Tensor g)
    {
        using var scope = NewDisposeScope();
        return Potential(cost.Div(-epsilon), g.Div(epsilon)).Mul(epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>-ln meanⱼ exp(vⱼ + kᵢⱼ), in units of ε.</summary>
    private static Tensor Potential(Tensor kernel, Tensor v)
    {
        using var scope = NewDisposeScope();
        return kernel.Add(v).logsumexp(1).neg().Add(Math.Log(kernel.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>The share of the mass that the plan of <paramref name="u"/> puts elsewhere than it belongs, and u moved towards where none
    /// is.</summary>
    private static (double Misplaced, Tensor Moved) Relaxed(Tensor u, Tensor exact, double factor)
    {
        var excess = u.sub(exact);
        return (excess.expm1().abs().mean().item<double>() / 2, factor == 1 ? exact.alias() : u.Add(excess, alpha: -factor));
    }

    private IEnumerable<double> Scales(Tensor cost)
    {
        var scale = cost.max().item<double>();
        for (; double.IsFinite(scale) && scale > epsilon; scale /= 2)
        {
            yield return scale;
        }
    }

    private void Iterate(Func<double> step)
    {
        var misplaced = double.PositiveInfinity;
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            misplaced = step();
            // Points that are not finite are for the caller's guard to report.
            if (misplaced <= tolerance || double.IsNaN(misplaced))
            {
                return;
            }
        }

        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"Expected Sinkhorn's iteration to converge within {MaxIterations} steps, got a plan with a share {misplaced:G2} of the mass "
            + $"misplaced; raise epsilon, which is {epsilon:G3} here."));
    }
}
