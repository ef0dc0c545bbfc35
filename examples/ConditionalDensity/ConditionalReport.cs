using MAFlow.Examples;

namespace ConditionalDensity;

/// <summary>What <c>--report FILE</c> writes.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Seconds">Seconds that all of it took.</param>
/// <param name="Sets">Results of each set.</param>
/// <param name="Files">Figures.</param>
public sealed record ConditionalReport(int Seed, double Seconds, IReadOnlyList<SetResult> Sets, IReadOnlyList<string> Files)
{
    public void Save(string path) => ReportFile.Save(path, this);
}
