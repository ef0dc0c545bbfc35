using MAFlow.Examples;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>What the command line asks of every command.</summary>
/// <param name="Data">Folder of the four gzip files, or null to search and download.</param>
/// <param name="Output">Directory for everything that is written.</param>
/// <param name="Report">File for the results as JSON, or null.</param>
/// <param name="Seed">Seed of training and sampling; the split does not depend on it.</param>
/// <param name="Gpu">Number of the GPU, or null for the CPU.</param>
/// <param name="Threads">Threads of libtorch.</param>
public sealed record Settings(DirectoryInfo? Data, DirectoryInfo Output, FileInfo? Report, int Seed, int? Gpu, int Threads)
{
    public const int DefaultSeed = 1;
    public const string DefaultOutput = "out/mnist";

    public static int DefaultThreads => Environment.ProcessorCount;

    /// <summary>Who trains.</summary>
    public Processes Processes { get; init; } = Processes.Alone;

    /// <summary>Path of a file in the output directory.</summary>
    public string this[string name] => Path.Combine(Output.FullName, name);

    /// <summary>Loads libtorch, sets its threads and finds the device.</summary>
    /// <exception cref="TorchRuntimeException">libtorch is missing.</exception>
    /// <exception cref="InvalidDataException">The device is missing.</exception>
    public Device PrepareTorch()
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(Threads);
        try
        {
            return TorchRuntime.EnsureLoaded(Gpu);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }
}
