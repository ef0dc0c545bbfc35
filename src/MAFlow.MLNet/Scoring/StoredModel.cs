using System.Diagnostics.CodeAnalysis;
using MAFlow.Scoring.Models;
using TorchSharp;

namespace MAFlow.MLNet.Scoring;

/// <summary>A model file that was read in managed code, with its bytes, of which tensors can be made.</summary>
/// <param name="Scorer">The model in managed code.</param>
/// <param name="Bytes">The file.</param>
internal sealed record StoredModel(RowScorer Scorer, byte[] Bytes)
{
    /// <summary>Reads a model from a stream; what is not read in managed code leaves it where it was.</summary>
    /// <param name="stream">Positioned at the first byte, and behind the last one where the model was read.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="isConditional">Whether it is to depend on a context.</param>
    /// <param name="stored">The model; null where it has a part that tensors alone can score.</param>
    /// <param name="reason">Which part that is; null where there is none.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static bool TryRead(
        Stream stream, long length, bool isConditional, [NotNullWhen(true)] out StoredModel? stored,
        [NotNullWhen(false)] out string? reason)
    {
        var start = stream.Position;
        stored = null;
        if (!RowScorer.TryLoad(stream, length, isConditional, out var scorer, out reason))
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
    public TensorModel ToTensors() => TensorModel.Load(
        new MemoryStream(Bytes), Bytes.Length, Scorer.ContextDimension > 0,
        TorchFor("The tensors of a model (its property Model, drawing samples)"));

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
