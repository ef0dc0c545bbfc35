using MAFlow.Examples;

namespace ClusterFreeEnergy;

/// <summary>The measurements of a training as lines, and the step between them on the status line.</summary>
public static class TrainingDisplay
{
    private const int Lines = 25;

    public static TrainingReport Show(double? exact, Func<IProgress<TrainingProgress>, TrainingReport> train)
    {
        Console.WriteLine("  step seconds       -F    ±error std ln w     ESS depth F(2d)-F(d)");
        if (exact is { } known)
        {
            Console.WriteLine(FormattableString.Invariant($"                {known,8:F4} is ln Z, by quadrature"));
        }

        var shown = double.NegativeInfinity;
        return StatusLine.Show("Training", say => train(new Reporter<TrainingProgress>(value =>
        {
            var record = value.Current;
            if (!value.IsRoundEnd)
            {
                say($"step {record.Step}, -F of the batch {-record.Loss:F3}, {value.Remaining:m\\:ss} left");
            }
            else if (record.FreeEnergy is { } measured && record.ElapsedSeconds - shown >= (record.ElapsedSeconds + value.Remaining.TotalSeconds) / Lines)
            {
                shown = record.ElapsedSeconds;
                Spectre.Console.AnsiConsole.WriteLine(FormattableString.Invariant(
                    $"{record.Step,6} {record.ElapsedSeconds,7:F0} {-measured.FreeEnergy,8:F4} {measured.StandardError,9:F4} {measured.Deviation,8:F3} {100 * measured.EffectiveSampleFraction,6:F1}% {measured.Depth,5} {measured.DepthCheck,10:E1}"));
            }
        })));
    }
}
