using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>The distributions of one number y for each of some contexts: row i of what is asked belongs to row i of the contexts.</summary>
/// <remarks>Mean, deviation and score are integrals over 60 quantiles, see <see cref="Moments"/>. Each member solves once; the
/// contexts are not
/// copied, and must live as long as they are read.</remarks>
public sealed class PredictiveDistribution
{
    private readonly ConditionalDensityModel _model;
    private readonly Tensor _context;

    internal PredictiveDistribution(ConditionalDensityModel model, Tensor context) => (_model, _context) = (model, context);

    /// <summary>Mean and standard deviation of each row: E[y] = ∫ q(z) φ(z) dz over the quantile function q, linear between 60 nodes, the
    /// same for every row.</summary>
    /// <returns>Two tensors [B], float64 on the CPU, in units of y.</returns>
    public (Tensor Mean, Tensor StandardDeviation) Moments()
    {
        using var scope = NewDisposeScope();
        var values = Nodes();
        return (NormalQuadrature.Mean(values).MoveToOuterDisposeScope(),
            NormalQuadrature.Variance(values).sqrt().MoveToOuterDisposeScope());
    }

    /// <summary>Quantiles q_τ = decode(Φ⁻¹(τ)).</summary>
    /// <param name="levels">τ of each, above 0 and below 1.</param>
    /// <returns>Shape [B, levels], float64 on the CPU, in units of y.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A level is not between 0 and 1.</exception>
    public Tensor Quantiles(params IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.FirstOrDefault(level => level is not (> 0 and < 1), 0.5) is not 0.5 and var wrong)
        {
            throw new ArgumentOutOfRangeException(
                nameof(levels), wrong, FormattableString.Invariant($"Expected levels above 0 and below 1, got {wrong}."));
        }

        using var scope = NewDisposeScope();
        return At(special.ndtri(tensor([.. levels], dtype: float64))).MoveToOuterDisposeScope();
    }

    /// <summary>P(y ≤ v) of each row's own v, the probability integral transform: uniform where the model is right.</summary>
    /// <param name="y">v, shape [B].</param>
    /// <returns>Shape [B], float64 on the CPU, from 0 to 1.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is not finite.</exception>
    public Tensor Cumulative(Tensor y)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequirePerRow(y, _context.shape[0]);
        return special.ndtr(_model.Encode(y.unsqueeze(1), _context).Z.squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The continuous ranked probability score of each row's observed y, ∫ (P(y ≤ v) - 1{y ≤ v})² dv: lower is better, and for a
    /// certain prediction it is the absolute error.</summary>
    /// <param name="y">What was observed, shape [B].</param>
    /// <returns>Shape [B], float64 on the CPU, in units of y. Gneiting, Raftery (2007).</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor RankedScore(Tensor y)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequirePerRow(y, _context.shape[0]);
        return NormalQuadrature.RankedScore(Nodes(), y.to(float64, CPU)).MoveToOuterDisposeScope();
    }

    private Tensor Nodes() => At(tensor(NormalQuadrature.Nodes, dtype: float64));

    /// <summary>Every latent code for every row, shape [B, codes].</summary>
    private Tensor At(Tensor codes)
    {
        using var scope = NewDisposeScope();
        var (rows, count) = (_context.shape[0], codes.shape[0]);
        var z = codes.repeat([rows]).unsqueeze(1);
        var context = _context.unsqueeze(1).expand(rows, count, _context.shape[1]).reshape(rows * count, _context.shape[1]);
        return _model.Decode(z, context).reshape(rows, count).MoveToOuterDisposeScope();
    }
}
