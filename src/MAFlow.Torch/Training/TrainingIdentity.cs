using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>Everything that determines how a training goes on, part by part; how long it goes on may change.</summary>
/// <param name="Parts">Text by the part's name.</param>
/// <param name="Energies">Fingerprints by the energy's name.</param>
internal sealed record TrainingIdentity(IReadOnlyDictionary<string, string> Parts, IReadOnlyDictionary<string, double[]> Energies)
{
    private static readonly JsonSerializerOptions _format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string Encode() => JsonSerializer.Serialize(this, _format);

    /// <summary>Requires that a checkpoint is of this training.</summary>
    /// <exception cref="FormatException">It is of another one; the message names the parts that differ.</exception>
    public void Require(string? stored)
    {
        var other = Decode(stored);
        var differing = Parts.Keys.Union(other.Parts.Keys)
            .Where(name => Parts.GetValueOrDefault(name) != other.Parts.GetValueOrDefault(name))
            .Select(name => $"its {name}: '{other.Parts.GetValueOrDefault(name, "none")}' instead of "
                + $"'{Parts.GetValueOrDefault(name, "none")}'")
            .Concat(Energies.Keys.Union(other.Energies.Keys)
                .Where(name => !EnergyFingerprint.Agrees(Energies.GetValueOrDefault(name, []), other.Energies.GetValueOrDefault(name, [])))
                .Select(name => $"its {name} has other values"))
            .ToList();
        if (differing.Count > 0)
        {
            throw new FormatException($"Expected a checkpoint of this training, got one of another: {string.Join("; ", differing)}; "
                + $"remove the file or give another path.");
        }
    }

    private static TrainingIdentity Decode(string? stored)
    {
        try
        {
            if (JsonSerializer.Deserialize<TrainingIdentity>(stored ?? "null", _format) is { } identity
                && identity.Energies.Values.All(values => values is not null))
            {
                return identity;
            }
        }
        catch (JsonException error)
        {
            throw new FormatException($"The identity of the training in the checkpoint is damaged: {error.Message} Remove the file "
                + $"to start afresh.", error);
        }

        throw new FormatException("Expected the identity of a training in the checkpoint, got none; the file is damaged, remove it "
            + "to start afresh.");
    }
}
