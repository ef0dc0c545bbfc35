using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>The options that every command has.</summary>
public sealed class CommonOptions
{
    private readonly Option<DirectoryInfo?> _data = new("--data")
    {
        Description = "Folder with the four gzip files of MNIST; searched for, then downloaded, if left out.", HelpName = "DIR",
    };

    private readonly Option<DirectoryInfo> _output =
        Options.Output("Directory for model, curve and pictures, created if missing.", Settings.DefaultOutput);

    private readonly Option<FileInfo?> _report = Options.Report();

    private readonly Option<int> _seed = Options.Number(
        "--seed", Settings.DefaultSeed, "Seed of training and sampling; the split of the data does not depend on it.",
        value => value >= 0, "a whole number from 0");

    private readonly Option<string> _device = Options.Of("--device", "cpu", "cpu, cuda, or cuda:N for the GPU of that number.");

    private readonly Option<int> _threads = Options.Number(
        "--threads", Settings.DefaultThreads, "Threads of libtorch; all cores if left out.",
        value => value is >= 1 and <= 1024, "a whole number from 1 to 1024");

    public CommonOptions() =>
        _device.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !TryParseDevice(token.Value, out _))
            {
                result.AddError($"Expected --device to be cpu, cuda or cuda:N, got '{token.Value}'.");
            }
        });

    public Command AddTo(Command command)
    {
        foreach (var option in (Option[])[_data, _output, _report, _seed, _device, _threads])
        {
            command.Add(option);
        }

        return command;
    }

    public Settings Read(ParseResult parsed)
    {
        _ = TryParseDevice(parsed.GetRequiredValue(_device), out var gpu);
        return new(
            parsed.GetValue(_data), parsed.GetRequiredValue(_output), parsed.GetValue(_report), parsed.GetValue(_seed), gpu,
            parsed.GetValue(_threads));
    }

    private static bool TryParseDevice(string text, out int? gpu)
    {
        gpu = text == "cuda" ? 0
            : text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(
                text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : null;
        return text == "cpu" || gpu is not null;
    }
}

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

/// <summary>How long to train, and on how much.</summary>
/// <param name="Minutes">Longest time of training, or null for no limit.</param>
/// <param name="Epochs">Most passes over the training images, or null for no limit.</param>
/// <param name="Rows">Images to train on, the first of the training file.</param>
public sealed record Budget(double? Minutes, int? Epochs, int Rows)
{
    /// <summary>Where neither time nor epochs are asked for.</summary>
    public const double DefaultMinutes = 60;

    public const int AllRows = 50_000;

    /// <summary>Fewer would not fill ten batches.</summary>
    public const int FewestRows = 1_000;

    public TimeSpan? Time => Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
}
