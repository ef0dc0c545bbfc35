using MAFlow.Examples;
using MAFlow.MLNet;

namespace DigitsDensity.Figures;

/// <summary>Writes the three pictures.</summary>
public static class FigureFiles
{
    /// <returns>The paths of the pictures.</returns>
    public static IReadOnlyList<string> Write(
        DirectoryInfo directory, MongeAmpereFlowTransformer model, DigitsData digits, IEnumerable<Digit> samples, Evaluation results)
    {
        string Save(string name, byte[] png)
        {
            var path = Path.Combine(directory.FullName, name);
            AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, png));
            return path;
        }

        Digit[] oneOfEach = [.. digits.Test.DistinctBy(digit => digit.Class).OrderBy(digit => digit.Class)];
        return
        [
            Save("samples.png", SampleGrid.Draw(digits.Test, samples)),
            Save("gaussianization.png", GaussianizationStrip.Draw(model.Model, oneOfEach)),
            Save("nll.png", NllChart.Draw(model.Report?.History ?? [], results.DiagonalGaussian.Nats, results.FullGaussian.Nats)),
        ];
    }
}
