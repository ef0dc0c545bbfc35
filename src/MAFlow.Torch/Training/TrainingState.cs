using System.Security.Cryptography;
using System.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Everything that determines how a training goes on: weights, averages, moments, random state, the guard, the clock,
/// counters.</summary>
/// <remarks>Captured as named tensors plus text, so that returning to the last good state and resuming from a checkpoint file are the same
/// operation.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string FormatName = "maflow-checkpoint";
    private const string FormatVersion = "2";
    private readonly IReadOnlyList<string> _names;
    private readonly TimeProvider _clock;
    private readonly long _begun;
    private readonly Agreement? _agreement;
    private double _elapsedBefore;

    /// <param name="named">What is trained.</param>
    /// <param name="options">Shared options.</param>
    /// <param name="owner">Whose parameters they are, for messages.</param>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <param name="batches">Shuffled rows, disposed with the state; null where samples are drawn instead.</param>
    /// <param name="agreement">Of the processes that train together, which agree on the time; null for one alone.</param>
    public TrainingState(
        IReadOnlyList<(string Name, Parameter Parameter)> named,
        TrainerOptions options,
        string owner,
        long dimension,
        Minibatches? batches = null,
        Agreement? agreement = null)
    {
        _names = [.. named.Select(parameter => parameter.Name)];
        Parameters = [.. named.Select(parameter => parameter.Parameter)];
        if (Parameters.Count == 0)
        {
            batches?.Dispose();
            throw new ArgumentException($"Expected a potential with parameters to train, got {owner} without any.", nameof(named));
        }

        (_clock, _begun, _agreement) = (options.Clock, options.Clock.GetTimestamp(), agreement);
        _agreement?.Clock = () => _elapsedBefore + SinceBegun;
        Adam = new Adam(Parameters, options);
        Average = new WeightAverage(Parameters, options.AverageDecay);
        Best = [.. Parameters.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
        Guard = new DivergenceGuard(dimension);
        Batches = batches;
        Generator = new Generator(options.Seed);
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public Adam Adam { get; }

    public WeightAverage Average { get; }

    public DivergenceGuard Guard { get; }

    /// <summary>Shuffled rows, or null.</summary>
    public Minibatches? Batches { get; }

    /// <summary>Seconds spent, earlier parts of a resumed training included; by the clock of process 0.</summary>
    public double Elapsed => _agreement?.Time ?? _elapsedBefore + SinceBegun;

    /// <summary>Averaged weights of the best round.</summary>
    public IReadOnlyList<Tensor> Best { get; }

    public Generator Generator { get; }

    private double SinceBegun => _clock.GetElapsedTime(_begun).TotalSeconds;

    public TrainingCounters Counters { get; set; } = new();

    /// <summary>A copy of the whole state.</summary>
    /// <param name="identity">What makes two trainings the same, for a file.</param>
    public SafetensorsFile Capture(string identity = "")
    {
        using var scope = NewDisposeScope();
        var tensors = Groups()
            .SelectMany(group => group.Values.Select((value, i) => ($"{group.Prefix}.{_names[i]}", value)))
            .Append(("generator", Generator.get_state()));
        tensors = Batches is null ? tensors : tensors.Append(("order", Batches.Order));
        var counters = Counters with
        {
            Step = Adam.Steps,
            SmoothedLoss = Guard.Smoothed,
            BestSmoothedLoss = Guard.Best,
            ElapsedSeconds = Elapsed,
        };
        var metadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["format_version"] = FormatVersion,
            ["identity"] = identity,
            ["counters"] = counters.Encode(),
        };
        var copies = tensors.ToDictionary(
            tensor => tensor.Item1, tensor => tensor.Item2.detach().cpu().contiguous().clone().DetachFromDisposeScope());
        metadata["digest"] = Digest(copies, metadata);
        return new(copies, metadata);
    }

    /// <summary>Goes on from a file, whose numbers need not be sound although its digest agrees.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="identity">What the checkpoint has to be of; null where any is right.</param>
    /// <param name="depth">Depth of the flow; null where any is right.</param>
    /// <param name="maxDepth">Largest depth that training may refine to.</param>
    /// <exception cref="FormatException">The file is damaged or belongs to another training; the state is as before.</exception>
    public void Resume(SafetensorsFile file, TrainingIdentity? identity = null, int? depth = null, int maxDepth = int.MaxValue)
    {
        using var scope = NewDisposeScope();
        if (file.Metadata.GetValueOrDefault("format") != FormatName || file.Metadata.GetValueOrDefault("format_version") != FormatVersion)
        {
            throw new FormatException(
                $"Expected a training checkpoint of version {FormatVersion}, got "
                + $"'{file.Metadata.GetValueOrDefault("format", "nothing")}' of version "
                + $"'{file.Metadata.GetValueOrDefault("format_version", "none")}'; remove the file to start afresh.");
        }

        identity?.Require(file.Metadata.GetValueOrDefault("identity"));
        // Damaged weights would go unnoticed.
        if (file.Metadata.GetValueOrDefault("digest") != Digest(file.Tensors, file.Metadata))
        {
            throw new FormatException("Expected a checkpoint whose content agrees with its digest, got another; the file is "
                + "damaged, remove it to start afresh.");
        }

        var numbers = file.Tensors.Where(tensor => tensor.Value.is_floating_point());
        if (numbers.FirstOrDefault(tensor => !tensor.Value.isfinite().all().item<bool>()).Key is { } name)
        {
            throw new FormatException($"Expected finite numbers in '{name}' of the checkpoint, got NaN or infinity; the file is "
                + $"damaged, remove it to start afresh.");
        }

        var counters = TrainingCounters.Decode(file.Metadata.GetValueOrDefault("counters", "null"));
        counters.Validate(Batches?.PerEpoch, depth, maxDepth);
        Restore(file, counters);
        _elapsedBefore = counters.ElapsedSeconds - SinceBegun;
    }

    /// <summary>Returns to a captured state; the clock goes on.</summary>
    public void Return(SafetensorsFile capture) => Restore(capture, TrainingCounters.Decode(capture.Metadata["counters"]));

    /// <summary>Takes over the whole state of process 0.</summary>
    public void TakeOfFirst(ICollective collective)
    {
        using var capture = Capture();
        collective.TakeOfFirst(capture.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).Select(tensor => tensor.Value));
        Restore(capture, TrainingCounters.Decode(collective.OfFirst(capture.Metadata["counters"])));
    }

    /// <summary>Takes over what steps change: rounding need not be the same on machines of different kinds.</summary>
    public void TakeWeightsOfFirst(ICollective collective) => collective.TakeOfFirst(Groups().SelectMany(group => group.Values));

    private void Restore(SafetensorsFile capture, TrainingCounters counters)
    {
        using var scope = NewDisposeScope();
        var copies = new List<(Tensor Source, Tensor Target)>();
        if (Batches is not null)
        {
            copies.Add((Batches.RequireOrder(Stored(capture, "order", Batches.Order)), Batches.Order));
        }

        foreach (var (prefix, values) in Groups())
        {
            copies.AddRange(values.Select((value, i) => (Stored(capture, $"{prefix}.{_names[i]}", value), value)));
        }

        Generator.set_state(RandomState.Require(Stored(capture, "generator", Generator.get_state())));
        WeightAverage.Copy([.. copies.Select(copy => copy.Source)], [.. copies.Select(copy => copy.Target)]);
        (Counters, Adam.Steps) = (counters, counters.Step);
        Guard.Restart(counters.SmoothedLoss, counters.BestSmoothedLoss);
    }

    public void Dispose()
    {
        Adam.Dispose();
        Average.Dispose();
        Batches?.Dispose();
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
        hash.AppendData(Encoding.UTF8.GetBytes(metadata.GetValueOrDefault("counters", "") + metadata.GetValueOrDefault("identity", "")));
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
            : throw new FormatException($"Expected {like.dtype} '{name}' of shape {TensorChecks.Format(like.shape)} in the "
                + $"checkpoint; the file is damaged, remove it to start afresh.");

    private IEnumerable<(string Prefix, IReadOnlyList<Tensor> Values)> Groups() =>
        [
            ("weights", Parameters),
            ("average", Average.Values),
            ("best", Best),
            ("adam.m", Adam.FirstMoments),
            ("adam.v", Adam.SecondMoments),
        ];
}
