using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>The commands that take a trained model.</summary>
public static class Commands
{
    /// <summary>Scores a model on the whole test and validation sets and as many training images.</summary>
    public static void Evaluate(Settings settings, FileInfo? file, CancellationToken cancellationToken) =>
        Run(settings, file, (model, data, clock) =>
        {
            var results = Evaluation.Of(model, data, cancellationToken);
            ResultPrinter.Print(results, model.Flow.ParameterCount);
            return ([], files => results.Report(model.Flow.ParameterCount, epochs: null, clock.Elapsed.TotalSeconds, files));
        }, cancellationToken);

    /// <summary>Draws digits from a model, beside test digits.</summary>
    public static void Sample(Settings settings, FileInfo? file, CancellationToken cancellationToken) =>
        Draw(settings, file, Figures.WriteSamples, cancellationToken);

    /// <summary>Draws the way of test digits to Gaussian noise.</summary>
    public static void Gaussianize(Settings settings, FileInfo? file, CancellationToken cancellationToken) =>
        Draw(settings, file, Figures.WriteStrip, cancellationToken);

    private static void Draw(
        Settings settings, FileInfo? file, Func<Settings, DensityModel, MnistData, int, string> write, CancellationToken cancellationToken) =>
        Run(settings, file, (model, data, clock) =>
        {
            var depth = model.Flow.Options.Depth;
            string[] figures = [write(settings, model, data, depth)];
            return (figures, files => new { depth, Parameters = model.Flow.ParameterCount, Seconds = clock.Elapsed.TotalSeconds, files });
        }, cancellationToken);

    private static void Run(
        Settings settings, FileInfo? file,
        Func<DensityModel, MnistData, Stopwatch, (string[] Figures, Func<IReadOnlyList<string>, object> Report)> job,
        CancellationToken cancellationToken)
    {
        var device = settings.PrepareTorch();
        var clock = Stopwatch.StartNew();
        using var model = MnistModel.Load(file, device);
        using var data = MnistData.Load(settings.Data, cancellationToken);
        var (files, report) = job(model, data, clock);
        if (settings.Report is { } path)
        {
            files = [.. files, path.FullName];
            ReportFile.Save(path.FullName, report(files));
        }

        if (files.Length > 0)
        {
            OutputFiles.Print(files);
        }
    }
}

/// <summary>Model files, and the check that one is a density of MNIST images.</summary>
public static class MnistModel
{
    public const string FileName = "mnist.safetensors";

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "Weights", "mnist-convolution.safetensors");

    /// <summary>Loads a model.</summary>
    /// <param name="file">The file that the command line names, or null for the trained weights of this example.</param>
    /// <param name="device">Where the flow computes.</param>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="FormatException">It is damaged, or a model of something else.</exception>
    public static DensityModel Load(FileInfo? file, Device device)
    {
        var path = file?.FullName ?? Shipped;
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(file is null
                ? $"Expected trained weights at {path}, got none; train a model first and name its file with --model {Settings.DefaultOutput}/{FileName}."
                : $"Expected a model file at {path}, got none; give the file that train wrote.");
        }

        try
        {
            var model = DensityModel.Load(path, device);
            try
            {
                RequireImages(model);
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        catch (FormatException error)
        {
            throw new FormatException($"{path}: {error.Message}", error);
        }
    }

    private static void RequireImages(DensityModel model)
    {
        if (model.Dimension != Mnist.PixelCount)
        {
            throw new FormatException(
                $"Expected a model of {Mnist.Side} x {Mnist.Side} = {Mnist.PixelCount} pixels, got one of {model.Dimension} features.");
        }

        try
        {
            // Only 256 levels of width 1 spread the darkest pixel and the brightest over different bins.
            using var scope = NewDisposeScope();
            var image = zeros(1, Mnist.PixelCount);
            image[0, 0] = tensor((float)(Mnist.Levels - 1));
            model.Preprocessing.Forward(image);
        }
        catch (ArgumentException error)
        {
            throw new FormatException(
                $"Expected a model of pixels from 0 to {Mnist.Levels - 1}, got one that refuses them: {error.Message}", error);
        }
    }
}
