using System.Security.Cryptography;
using System.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Everything that determines how a training goes on: weights, averages, moments, random state, place in the epoch, counters.</summary>
/// <remarks>Captured as named tensors plus text, so that returning to the last good state and resuming from a checkpoint file are the same operation.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string FormatName = "maflow-checkpoint";
    private const string FormatVersion = "1";
    private readonly string _identity;
    private readonly IReadOnlyList<string> _names;
    private readonly Minibatches? _batches;

    /// <param name="named">What is trained.</param>
    /// <param name="settings">Shared options.</param>
    /// <param name="owner">Whose parameters they are, for messages.</param>
    /// <param name="task">The rest of what makes two trainings the same, as text.</param>
    /// <param name="batches">Shuffled rows, disposed with the state; null where samples are drawn instead.</param>
    public TrainingState(IReadOnlyList<(string Name, Parameter Parameter)> named, TrainingSettings settings, string owner, string task, Minibatches? batches = null)
    {
        _names = [.. named.Select(parameter => parameter.Name)];
        Parameters = [.. named.Select(parameter => parameter.Parameter)];
        if (Parameters.Count == 0)
        {
            throw new ArgumentException($"Expected a potential with parameters to train, got {owner} without any.", nameof(named));
        }

        Adam = new Adam(Parameters, settings.Optimizer);
        Average = new WeightAverage(Parameters, settings.AverageDecay);
        Best = [.. Parameters.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
        _batches = batches;
        Generator = new Generator(settings.Seed);
        var shapes = string.Join(", ", named.Select(parameter => $"{parameter.Name} {TensorChecks.Format(parameter.Parameter.shape)} {parameter.Parameter.dtype}"));
        _identity = $"{shapes}; {task}; seed {settings.Seed}";
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public Adam Adam { get; }

    public WeightAverage Average { get; }

    /// <summary>Averaged weights of the best epoch.</summary>
    public IReadOnlyList<Tensor> Best { get; }

    public Generator Generator { get; }

    public TrainingCounters Counters { get; set; } = new();

    /// <summary>A copy of the whole state.</summary>
    public SafetensorsFile Capture()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["generator"] = Generator.get_state() };
        if (_batches is not null)
        {
            tensors.Add("order", _batches.Order);
        }

        foreach (var (prefix, values) in Groups())
        {
            for (var i = 0; i < _names.Count; i++)
            {
                tensors.Add($"{prefix}.{_names[i]}", values[i]);
            }
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["format_version"] = FormatVersion,
            ["identity"] = _identity,
            ["counters"] = (Counters with { Step = Adam.Steps, Position = _batches?.Position ?? 0 }).Encode(),
        };
        var copies = tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.detach().cpu().clone().DetachFromDisposeScope());
        metadata["digest"] = Digest(copies, metadata);
        return new(copies, metadata);
    }

    /// <summary>Goes on from a file, whose numbers need not be sound although its digest agrees.</summary>
    /// <exception cref="FormatException">The file is damaged or belongs to another training; the state is as before.</exception>
    public void Resume(SafetensorsFile file)
    {
        using var scope = NewDisposeScope();
        if (file.Tensors.FirstOrDefault(tensor => tensor.Value.is_floating_point() && !tensor.Value.isfinite().all().item<bool>()).Key is { } name)
        {
            throw new FormatException($"Expected finite numbers in '{name}' of the checkpoint, got NaN or infinity; the file is damaged, remove it to start afresh.");
        }

        Restore(file);
    }

    /// <summary>Returns to a captured state.</summary>
    /// <exception cref="FormatException">The capture is damaged or belongs to another training; the state is as before.</exception>
    public void Restore(SafetensorsFile capture)
    {
        if (capture.Metadata.GetValueOrDefault("format") != FormatName || capture.Metadata.GetValueOrDefault("format_version") != FormatVersion)
        {
            throw new FormatException($"Expected a training checkpoint of version {FormatVersion}, got '{capture.Metadata.GetValueOrDefault("format", "nothing")}' of version '{capture.Metadata.GetValueOrDefault("format_version", "none")}'; remove the file to start afresh.");
        }

        if (capture.Metadata.GetValueOrDefault("identity") != _identity)
        {
            throw new FormatException($"Expected a checkpoint of this training ({_identity}), got one of another ({capture.Metadata.GetValueOrDefault("identity")}); remove the file or give another path.");
        }

        // Damaged weights would go unnoticed.
        if (capture.Metadata.GetValueOrDefault("digest") != Digest(capture.Tensors, capture.Metadata))
        {
            throw new FormatException("Expected a checkpoint whose content agrees with its digest, got another; the file is damaged, remove it to start afresh.");
        }

        var counters = TrainingCounters.Decode(capture.Metadata.GetValueOrDefault("counters", "null"));
        counters.Validate(_batches?.PerEpoch ?? 0);
        using var scope = NewDisposeScope();
        var copies = new List<(Tensor Source, Tensor Target)>();
        if (_batches is not null)
        {
            copies.Add((_batches.RequireOrder(Stored(capture, "order", _batches.Order)), _batches.Order));
        }

        foreach (var (prefix, values) in Groups())
        {
            copies.AddRange(values.Select((value, i) => (Stored(capture, $"{prefix}.{_names[i]}", value), value)));
        }

        Generator.set_state(RandomState.Require(Stored(capture, "generator", Generator.get_state())));
        WeightAverage.Copy([.. copies.Select(copy => copy.Source)], [.. copies.Select(copy => copy.Target)]);
        (Counters, Adam.Steps) = (counters, counters.Step);
        if (_batches is not null)
        {
            _batches.Position = counters.Position;
        }
    }

    public void Dispose()
    {
        Adam.Dispose();
        Average.Dispose();
        _batches?.Dispose();
        Generator.Dispose();
        foreach (var value in Best)
        {
            value.Dispose();
        }
    }

    /// <summary>SHA-256 over counters and tensors, in the order of their names.</summary>
    internal static string Digest(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(metadata.GetValueOrDefault("counters", "")));
        foreach (var (name, value) in tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            TensorBytes.Write(value, hash.AppendData);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static Tensor Stored(SafetensorsFile capture, string name, Tensor like) =>
        capture.Tensors.TryGetValue(name, out var stored) && stored.dtype == like.dtype && stored.shape.SequenceEqual(like.shape)
            ? stored
            : throw new FormatException($"Expected {like.dtype} '{name}' of shape {TensorChecks.Format(like.shape)} in the checkpoint; the file is damaged, remove it to start afresh.");

    private IEnumerable<(string Prefix, IReadOnlyList<Tensor> Values)> Groups() =>
        [("weights", Parameters), ("average", Average.Values), ("best", Best), ("adam.m", Adam.FirstMoments), ("adam.v", Adam.SecondMoments)];
}
