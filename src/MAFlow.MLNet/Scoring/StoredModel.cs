using System.Diagnostics.CodeAnalysis;
using TorchSharp;

namespace MAFlow.MLNet.Scoring;

/// <summary>A model file that was read in managed code, with its bytes, of which tensors can be made.</summary>
/// <param name="Scorer">The model in managed code.</param>
/// <param name="Bytes">The file.</param>
internal sealed record StoredModel(DensityScorer Scorer, byte[] Bytes)
{
    /// <summary>Reads a model from a stream; what is not read in managed code leaves it where it was.</summary>
    /// <param name="stream">Positioned at the first byte, and behind the last one where the model was read.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="stored">The model; null where it has a part that tensors alone can score.</param>
    /// <param name="reason">Which part that is; null where there is none.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static bool TryRead(
        Stream stream, long length, [NotNullWhen(true)] out StoredModel? stored, [NotNullWhen(false)] out string? reason)
    {
        var start = stream.Position;
        stored = null;
        if (!DensityScorer.TryLoad(stream, length, out var scorer, out reason))
        {
            stream.Position = start;
            return false;
        }

        // A whole model has been read, so the bytes are really there.
        stream.Position = start;
        if (length > Array.MaxLength)
        {
            reason = $"The model has {length} bytes.";
            return false;
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        stored = new(scorer, bytes);
        return true;
    }

    /// <summary>The model as tensors on the CPU.</summary>
    /// <exception cref="TorchRuntimeException">libtorch is absent.</exception>
    public DensityModel ToTensors() =>
        Tensors(new MemoryStream(Bytes), Bytes.Length, TorchFor("The tensors of a model (its property Model, drawing samples)"));

    /// <summary>Reads a model as tensors, which no dispose scope of a user holds.</summary>
    public static DensityModel Tensors(Stream stream, long length, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        return DensityModel.Load(stream, length, device);
    }

    /// <summary>The CPU, for what needs libtorch.</summary>
    /// <param name="purpose">What that is.</param>
    /// <exception cref="TorchRuntimeException">libtorch is absent; the message says what needs it and what to add.</exception>
    public static torch.Device TorchFor(string purpose)
    {
        try
        {
            return TorchRuntime.EnsureLoaded();
        }
        catch (TorchRuntimeException error)
        {
            // Not as its cause: ML.NET loads by reflection, and the base of what it throws is to say all.
            throw new TorchRuntimeException($"{purpose} needs libtorch. {error.Message}");
        }
    }
}
