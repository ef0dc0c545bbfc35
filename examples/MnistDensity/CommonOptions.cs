using System.CommandLine;
using System.Globalization;

namespace MnistDensity;

/// <summary>The options that every command has.</summary>
public sealed class CommonOptions
{
    private readonly Option<DirectoryInfo?> _data = new("--data")
    {
        Description = "Folder with the four gzip files of MNIST; searched for, then downloaded, if left out.", HelpName = "DIR",
    };

    private readonly Option<DirectoryInfo> _output = new("--output")
    {
        Description = "Directory for model, curve and pictures, created if missing.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(Settings.DefaultOutput),
    };

    private readonly Option<FileInfo?> _report = new("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };

    private readonly Option<int> _seed = Number<int>("--seed", "N", value => value >= 0, "a whole number from 0");

    private readonly Option<string> _device = new("--device")
    {
        Description = "cpu, cuda, or cuda:N for the GPU of that number.", HelpName = "NAME", DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<int> _threads = Number<int>("--threads", "N", value => value is >= 1 and <= 1024, "a whole number from 1 to 1024");

    public CommonOptions()
    {
        _seed.Description = "Seed of training and sampling; the split of the data does not depend on it.";
        _seed.DefaultValueFactory = _ => Settings.DefaultSeed;
        _threads.Description = "Threads of libtorch; all cores if left out.";
        _threads.DefaultValueFactory = _ => Settings.DefaultThreads;
        _device.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !TryParseDevice(token.Value, out _))
            {
                result.AddError($"Expected --device to be cpu, cuda or cuda:N, got '{token.Value}'.");
            }
        });
    }

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
        return new(parsed.GetValue(_data), parsed.GetRequiredValue(_output), parsed.GetValue(_report), parsed.GetValue(_seed), gpu, parsed.GetValue(_threads));
    }

    /// <summary>An option whose value is a number that a condition holds for.</summary>
    public static Option<T> Number<T>(string name, string helpName, Predicate<T> holds, string expectation) => new(name)
    {
        HelpName = helpName,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
            object? value = type == typeof(int)
                ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null;
            if (value is T number && holds(number))
            {
                return number;
            }

            result.AddError($"Expected {name} to be {expectation}, got '{text}'.");
            return default;
        },
    };

    private static bool TryParseDevice(string text, out int? gpu)
    {
        gpu = text == "cuda" ? 0 : text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        return text == "cpu" || gpu is not null;
    }
}
