using MAFlow.Examples;
using MnistDensity.Data;
using static TorchSharp.torch;

namespace MnistDensity.Figures;

/// <summary>Writes the pictures into the output directory; each method returns the paths.</summary>
public static class FigureFiles
{
    public static IReadOnlyList<string> WriteCurve(Settings settings, IReadOnlyList<CurvePoint> curve) =>
        Save(settings["nll.png"], NllChart.Draw(curve));

    /// <summary>Test digits beside samples.</summary>
    public static IReadOnlyList<string> WriteSamples(Settings settings, DensityModel model, Tensor test, int depth)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed);
        var samples = model.At(depth).Sample(SampleGrid.Count, generator);
        return Save(settings["samples.png"], SampleGrid.Draw(Darkness(MnistData.First(test, SampleGrid.Count)), Darkness(samples)));
    }

    /// <summary>The first test image of each digit on its way to Gaussian noise.</summary>
    public static IReadOnlyList<string> WriteStrip(Settings settings, DensityModel model, MnistData data, int depth)
    {
        using var scope = NewDisposeScope();
        long[] oneOfEach = [.. data.TestLabels.Index().DistinctBy(label => label.Item).OrderBy(label => label.Item).Select(label => (long)label.Index)];
        return Save(settings["gaussianization.png"], GaussianizationStrip.Draw(model, data.Test.index_select(0, tensor(oneOfEach)), depth));
    }

    /// <summary>Pixels 0 to 255 as ink from 0 to 1, an array per image.</summary>
    public static IReadOnlyList<float[]> Darkness(Tensor pixels) => Rows(pixels.div(Mnist.Levels - 1));

    /// <summary>The rows of a matrix.</summary>
    public static IReadOnlyList<float[]> Rows(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        return [.. matrix.to(float32).cpu().contiguous().data<float>().ToArray().Chunk((int)matrix.shape[1])];
    }

    private static IReadOnlyList<string> Save(string path, byte[] png)
    {
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, png));
        return [path];
    }
}
