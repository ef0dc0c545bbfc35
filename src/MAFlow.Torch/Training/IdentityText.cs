using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>The parts of a training's identity as text.</summary>
internal static class IdentityText
{
    /// <summary>Parts that any flow has: horizon, method, potential, final map, parameters. The depth is compared by itself, since
    /// training changes it.</summary>
    public static Dictionary<string, string> Of(MongeAmpereFlow flow) =>
        Of(flow.Options, (flow.Potential, flow.Potential.Store), flow.Bijection, flow.NamedParameters());

    /// <summary>The same parts of a conditional flow.</summary>
    public static Dictionary<string, string> Of(ConditionalFlow flow) =>
        Of(flow.Options, (flow.Potential, flow.Potential.Store), flow.Bijection, flow.NamedParameters());

    private static Dictionary<string, string> Of(
        MongeAmpereFlowOptions options,
        (nn.Module Module, Func<StoredComponent> Store) potential,
        Bijection? bijection,
        IReadOnlyList<(string Name, Parameter Parameter)> parameters) => new()
        {
            ["flow"] = string.Create(
                CultureInfo.InvariantCulture,
                $"horizon {options.Horizon:R}, {Of(options.Integrator.Store, options.Integrator.GetType(), withTensors: false)}, "
                + $"{Of(options.Laplacian.Store, options.Laplacian.GetType(), withTensors: false)}, "
                + $"{(options.IsPrecisionChosen ? Precision.Fastest : options.Precision)} precision"),
            ["potential"] = $"{Of(potential.Store, potential.Module.GetType(), withTensors: false)}, {Buffers(potential.Module)}",
            ["bijection"] = bijection is null
                ? "none"
                : $"{Of(bijection.Store, bijection.GetType(), withTensors: false)}, {Buffers(bijection)}",
            ["parameters"] = Of(parameters),
        };

    /// <summary>Parts of the preprocessing.</summary>
    public static string Of(BijectionChain chain) =>
        string.Join(" | ", chain.Bijections.Select(bijection => Of(bijection.Store, bijection.GetType(), withTensors: true)));

    /// <summary>The scales of contexts.</summary>
    public static string Of(ContextScaling scaling) => Of(scaling.Store, scaling.GetType(), withTensors: true);

    /// <summary>Options that determine how training goes on.</summary>
    /// <param name="options">Shared ones.</param>
    /// <param name="others">Those of one trainer.</param>
    public static string Of(TrainerOptions options, string others) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {options.Seed}, batches of {options.BatchSize}, "
        + $"{JsonSerializer.Serialize(new { options.LearningRate, options.WeightDecay, options.DecoupledWeightDecay })}, "
        + $"{JsonSerializer.Serialize(new { options.WarmupFraction, FinalFraction = options.FinalLearningRateFraction })}, "
        + $"norm at most {options.MaxGradientNorm:R}, average decay {options.AverageDecay:R}, {others}");

    /// <summary>Rows: their number, and a digest of their numbers.</summary>
    public static string Of(params IEnumerable<Tensor?> rows) => string.Join(
        ", ",
        rows.Select(part => part is null ? "none" : $"{part.shape[0]} rows {TensorChecks.Format(part.shape)} {part.dtype} "
            + $"{Digest([part])}"));

    /// <summary>Fingerprints of energies, by a name for each.</summary>
    public static Dictionary<string, double[]> Fingerprints(IEnumerable<Energy> energies) => energies
        .Distinct()
        .Select((energy, index) => ($"energy {index + 1} ({energy.GetType().Name})", EnergyFingerprint.Of(energy)))
        .ToDictionary();

    private static string Of(IReadOnlyList<(string Name, Parameter Parameter)> named) =>
        string.Join(", ", named.Select(parameter => $"{parameter.Name} {TensorChecks.Format(parameter.Parameter.shape)} "
            + $"{parameter.Parameter.dtype}"));

    private static string Of(Func<StoredComponent> store, Type type, bool withTensors)
    {
        using var scope = NewDisposeScope();
        try
        {
            var stored = store();
            var ordered = stored.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).Select(tensor => tensor.Value);
            var tensors = withTensors ? $" {Digest(ordered)}" : "";
            return $"{stored.Kind} {stored.Options.ToJsonString()}{tensors}";
        }
        catch (NotSupportedException)
        {
            return type.Name;
        }
    }

    private static string Buffers(nn.Module module) =>
        Digest(module.named_buffers().OrderBy(buffer => buffer.name, StringComparer.Ordinal).Select(buffer => buffer.buffer));

    private static string Digest(IEnumerable<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            TensorBytes.Write(tensor, hash.AppendData);
        }

        return $"SHA-256 {Convert.ToHexString(hash.GetHashAndReset())}";
    }
}
