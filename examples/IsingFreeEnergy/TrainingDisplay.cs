using MAFlow.Torch;

namespace IsingFreeEnergy;

/// <summary>One line per measurement: F per site, exact, gap, spread and depth check.</summary>
public sealed class TrainingDisplay(int sites, double? exact) : IProgress<VariationalProgress>
{
    public static void Begin() => Console.WriteLine("  step seconds    F/site     exact      gap  ±error std ln w depth F(2d)-F(d)");

    public void Report(VariationalProgress value)
    {
        if (!value.IsMeasurement || value.LastRecord is not { } record)
        {
            return;
        }

        var measured = record.Measurement;
        var (perSite, reference) = (measured.FreeEnergy / sites, exact / sites);
        Console.WriteLine(FormattableString.Invariant(
            $"{record.Step,6} {record.ElapsedSeconds,7:F0} {perSite,9:F5} {reference,9:F5} {perSite - reference,8:F5} {measured.StandardError / sites,7:F5} {measured.Deviation,8:F2} {measured.Depth,5} {measured.DepthCheck / sites,10:E1}"));
    }
}
