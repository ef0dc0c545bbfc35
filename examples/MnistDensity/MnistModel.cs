using MnistDensity.Data;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>Model files, and the check that one is a density of MNIST images.</summary>
public static class MnistModel
{
    public const string FileName = "mnist.safetensors";

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "Weights", FileName);

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
            throw new FormatException($"Expected a model of {Mnist.Side} x {Mnist.Side} = {Mnist.PixelCount} pixels, got one of {model.Dimension} features.");
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
            throw new FormatException($"Expected a model of pixels from 0 to {Mnist.Levels - 1}, got one that refuses them: {error.Message}", error);
        }
    }
}
