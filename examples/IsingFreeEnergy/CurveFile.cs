using System.Globalization;

namespace IsingFreeEnergy;

/// <summary>The learning curve as CSV; per-site values in nats.</summary>
public static class CurveFile
{
    /// <returns>The path of the file.</returns>
    public static string Write(RunFolder folder, IReadOnlyList<VariationalRecord> curve, int sites) => folder.Save("curve.csv", [
        "step,seconds,freeEnergyPerSite,standardErrorPerSite,stdLogWeight,depth,depthCheckPerSite",
        .. curve.Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{point.Step},{point.ElapsedSeconds:F1},{point.Measurement.FreeEnergy / sites:R},{point.Measurement.StandardError / sites:R},{point.Measurement.Deviation:R},{point.Measurement.Depth},{point.Measurement.DepthCheck / sites:R}")),
    ]);
}
