namespace MAFlow.Torch.Objectives;

/// <summary>How much longer than to its fixed point a step of an alternating iteration is best made, from how its errors fall.</summary>
/// <remarks>
/// Two blocks in turn reduce the error by ρ. With steps ω times as long it falls by λ where (λ + ω - 1)² = λω²ρ, and fastest, by ω - 1, for
/// ω = 2/(1 + √(1 - ρ)): for ρ = 0.99 by 0.82. Young (1971). An error that rises far above the least so far ends it: far from the solution
/// nothing is promised.
/// </remarks>
internal sealed class Overrelaxation
{
    private const int Window = 10;
    private const double MaxFactor = 1.95;
    private const double MaxRise = 10;
    private double _least = double.PositiveInfinity;
    private double _before = double.NaN;
    private int _count;
    private bool _isGivenUp;

    /// <summary>ω, from 1 to below 2.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>Takes note of the error of a step.</summary>
    public void Observe(double error)
    {
        _least = Math.Min(_least, error);
        if (_isGivenUp || !(error <= MaxRise * _least))
        {
            (Factor, _isGivenUp) = (1, true);
            return;
        }

        if (++_count % Window != 0)
        {
            return;
        }

        var rate = Math.Pow(error / _before, 1.0 / Window);
        _before = error;
        // Below ω - 1 the steps are too long already for the rate to say anything.
        if (rate < 1 && rate > Factor - 1)
        {
            var single = (rate + Factor - 1) * (rate + Factor - 1) / (rate * Factor * Factor);
            Factor = Math.Min(2 / (1 + Math.Sqrt(1 - Math.Min(single, 1))), MaxFactor);
        }
    }
}
