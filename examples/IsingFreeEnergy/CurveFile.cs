using System.Globalization;

namespace IsingFreeEnergy;

/// <summary>The learning curve as CSV; per-site values in nats.</summary>
public static class CurveFile
{
    /// <returns>The path of the file.</returns>
    public static string Write(RunFolder folder, IReadOnlyList<TrainingRecord> curve, int sites) => folder.Save("curve.csv", [
        "step,seconds,freeEnergyPerSite,standardErrorPerSite,stdLogWeight,depth,depthCheckPerSite",
        .. curve.Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{point.Step},{point.ElapsedSeconds:F1},{point.FreeEnergy!.FreeEnergy / sites:R},{point.FreeEnergy!.StandardError / sites:R},{point.FreeEnergy!.Deviation:R},{point.FreeEnergy!.Depth},{point.FreeEnergy!.DepthCheck / sites:R}")),
    ]);
}
