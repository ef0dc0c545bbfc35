using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>The images in the split of the paper: 50,000 for training, the last 10,000 of the training file for validation, 10,000 for
/// testing.</summary>
/// <param name="Training">Pixels 0 to 255, shape [50000, 784], float32.</param>
/// <param name="Validation">Shape [10000, 784].</param>
/// <param name="Test">Shape [10000, 784].</param>
/// <param name="TestLabels">The digit on each test image; figures choose by it, training sees no label.</param>
public sealed record MnistData(Tensor Training, Tensor Validation, Tensor Test, IReadOnlyList<byte> TestLabels) : IDisposable
{
    public const int ValidationCount = 10_000;

    /// <summary>Finds, verifies and reads the files.</summary>
    /// <param name="folder">The folder that the command line names, or null to search.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    public static MnistData Load(DirectoryInfo? folder, CancellationToken cancellationToken) =>
        Read(MnistFolder.Find(folder, cancellationToken), MnistArchive.Original, ValidationCount);

    /// <summary>Reads the files of a folder and splits them.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or images and labels do not belong together.</exception>
    public static MnistData Read(string folder, MnistArchive archive, int validationCount)
    {
        using var scope = NewDisposeScope();
        var (training, _) = Pair(folder, archive.TrainingImages, archive.TrainingLabels);
        var (test, labels) = Pair(folder, archive.TestImages, archive.TestLabels);
        var trainingCount = training.shape[0] - validationCount;
        if (trainingCount < 1)
        {
            throw new InvalidDataException($"Expected more than {validationCount} images in {archive.TrainingImages.Name}, the last of which are for validation, got {training.shape[0]}.");
        }

        // Narrowed rows share the memory of the whole file.
        return new(
            training.narrow(0, 0, trainingCount).MoveToOuterDisposeScope(), training.narrow(0, trainingCount, validationCount).MoveToOuterDisposeScope(),
            test.MoveToOuterDisposeScope(), labels);
    }

    /// <summary>The first rows of a set, or all where it has fewer: what is measured where all would take too long.</summary>
    public static Tensor First(Tensor images, long count) => images.narrow(0, 0, Math.Min(count, images.shape[0]));

    public void Dispose()
    {
        Training.Dispose();
        Validation.Dispose();
        Test.Dispose();
    }

    private static (Tensor Images, byte[] Labels) Pair(string folder, MnistFile images, MnistFile labels)
    {
        var pixels = images.Read(Path.Combine(folder, images.Name));
        var digits = labels.Read(Path.Combine(folder, labels.Name));
        var count = pixels.Length / Mnist.PixelCount;
        if (count != digits.Length)
        {
            throw new InvalidDataException($"Expected a label for each image, got {count} images in {images.Name} and {digits.Length} labels in {labels.Name}; the files do not belong together.");
        }

        return (tensor(pixels, [count, Mnist.PixelCount]).to(float32), digits);
    }
}

/// <summary>What every part of the program knows about the data.</summary>
public static class Mnist
{
    public const int Side = 28;
    public const int PixelCount = Side * Side;

    /// <summary>Values 0 to 255 of a pixel.</summary>
    public const int Levels = 256;
}

/// <summary>Where the four files are.</summary>
public static class MnistFolder
{
    private const string Solution = "MAFlow.MLNet.sln";

    /// <summary>Finds the files, or downloads them once into the user's cache.</summary>
    /// <param name="asked">The folder that the command line names, or null to search.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="IOException">The named folder lacks a file, or there is none and the download failed.</exception>
    public static string Find(DirectoryInfo? asked, CancellationToken cancellationToken)
    {
        var archive = MnistArchive.Original;
        if (asked is not null)
        {
            return archive.MissingFrom(asked.FullName) is [var missing, ..]
                ? throw new FileNotFoundException($"Expected the four gzip files of MNIST in {asked.FullName}, got none named {missing.Name}; give another --data, or leave it out to download them.")
                : asked.FullName;
        }

        if (Candidates().FirstOrDefault(folder => archive.MissingFrom(folder).Count == 0) is { } found)
        {
            return found;
        }

        Directory.CreateDirectory(Cache);
        using var client = new HttpClient();
        WorkDisplay.Show(
            $"Downloading MNIST (11 MB) to {Cache}",
            progress => new MnistDownload(client, MnistDownload.PublicMirrors).Fetch(archive, Cache, progress, cancellationToken));
        return Cache;
    }

    private static string Cache
    {
        get
        {
            var local = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(local.Length > 0 ? local : Path.GetTempPath(), "MAFlow", "mnist");
        }
    }

    private static IEnumerable<string> Candidates()
    {
        yield return Path.GetFullPath(Path.Combine("data", "mnist"));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)) && folder.Parent is { } besideRepository)
            {
                yield return Path.Combine(besideRepository.FullName, "shared", "data", "mnist");
            }
        }

        yield return Cache;
    }
}
