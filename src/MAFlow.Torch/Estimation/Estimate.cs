namespace MAFlow.Torch.Estimation;

/// <summary>A number with its standard error.</summary>
public sealed record Estimate
{
    internal Estimate(double value, double standardError) => (Value, StandardError) = (value, standardError);

    /// <summary>The estimate.</summary>
    public double Value { get; }

    /// <summary>Its standard error.</summary>
    public double StandardError { get; }

    /// <summary>The mean of independent values.</summary>
    internal static Estimate OfIndependent(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return new(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1.0) / values.Count));
    }

    /// <summary>The mean over chains: the standard deviation of all values over the root of the effective samples.</summary>
    /// <param name="values">Values by step, then chain.</param>
    internal static Estimate OfChains(IReadOnlyList<double[]> values)
    {
        double[] all = [.. values.SelectMany(step => step)];
        return new(all.Average(), OfIndependent(all).StandardError * Math.Sqrt(all.Length / ChainConvergence.EffectiveSamples(values)));
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Value:G8} ± {StandardError:G2}");
}
