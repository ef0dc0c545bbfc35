using AnomalyScoring.Data;
using MAFlow.Examples;

namespace AnomalyScoring.Figures;

/// <summary>Writes both pictures, drawn from the first split.</summary>
public static class FigureFiles
{
    public static IReadOnlyList<string> Write(DirectoryInfo directory, Split split, IReadOnlyList<MethodResult> results)
    {
        string Save(string name, byte[] png)
        {
            var path = Path.Combine(directory.FullName, name);
            AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, png));
            return path;
        }

        return
        [
            Save("scores.png", ScoreHistogram.Draw(results[0].Trials[0].Scores, split.Anomalies)),
            Save("roc.png", RocChart.Draw(results, split.Anomalies)),
        ];
    }
}
