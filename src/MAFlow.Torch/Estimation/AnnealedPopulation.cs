using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Weighted particles on their way from the flow (β = 0) to the target (β = 1), and the Z that their weights add up to.</summary>
internal sealed class AnnealedPopulation
{
    private readonly LatentTarget _target;
    private readonly LatentTransition _transition;
    private readonly Generator _generator;
    private int[] _ancestors;

    public AnnealedPopulation(LatentTarget target, AnnealingOptions options, Generator generator)
    {
        (_target, _generator, _transition) = (target, generator, options.Transition);
        Points = target.Decode(target.InitialPoints(options.Particles, generator).Z, _transition.NeedsGradient);
        Weights = [.. Enumerable.Repeat(1.0 / options.Particles, options.Particles)];
        _ancestors = [.. Enumerable.Range(0, options.Particles)];
    }

    public LatentPoints Points { get; private set; }

    /// <summary>W, which sum to 1.</summary>
    public double[] Weights { get; private set; }

    public double InverseTemperature { get; private set; }

    /// <summary>ln of the unbiased estimate of Z.</summary>
    public double LogPartition { get; private set; }

    public double EffectiveFraction => 1 / (Weights.Length * Weights.Sum(weight => weight * weight));

    public double SurvivingLineages => _ancestors.Distinct().Count() / (double)_ancestors.Length;

    public double[] LogWeights => FlowWeights.Numbers(Points.LogWeight);

    /// <summary>Changes β: every particle's weight gains the factor w^Δβ.</summary>
    public void Cool(double beta)
    {
        var gains = LogWeights.Zip(Weights, (logWeight, weight) => Math.Log(weight) + ((beta - InverseTemperature) * logWeight)).ToArray();
        var largest = gains.Max();
        var factors = gains.Select(gain => Math.Exp(gain - largest)).ToArray();
        var total = factors.Sum();
        (LogPartition, InverseTemperature) = (LogPartition + largest + Math.Log(total), beta);
        Weights = [.. factors.Select(factor => factor / total)];
    }

    /// <summary>
    /// Systematic resampling: copies in proportion to the weights, which become equal. One uniform number places all the copies.
    /// </summary>
    public void Resample()
    {
        using var scope = NewDisposeScope();
        var (count, offset) = (Weights.Length, rand(1, dtype: float64, generator: _generator).item<double>());
        var (rows, reached, row) = (new long[count], Weights[0], 0);
        for (var copy = 0; copy < count; copy++)
        {
            while (reached < (copy + offset) / count && row < count - 1)
            {
                reached += Weights[++row];
            }

            rows[copy] = row;
        }

        _ancestors = [.. rows.Select(parent => _ancestors[parent])];
        Weights = [.. Enumerable.Repeat(1.0 / count, count)];
        var selected = Points.Rows(tensor(rows, dtype: int64).to(Points.Z.device)).MoveToOuterDisposeScope();
        Points.Dispose();
        Points = selected;
    }

    /// <summary>Moves every particle at the present β, by a local move and a fresh sample of the flow.</summary>
    /// <returns>Acceptance of the local move.</returns>
    public double Move(double size)
    {
        using var scope = NewDisposeScope();
        var accepted = _transition.Move(_target, Points, InverseTemperature, size, _generator);
        Points.ProposeFreshSamples(_target, InverseTemperature, _generator);
        return accepted.to(float64).mean().item<double>();
    }
}
