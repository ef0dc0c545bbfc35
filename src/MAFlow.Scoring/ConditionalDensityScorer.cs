using System.Diagnostics.CodeAnalysis;

namespace MAFlow.Scoring;

/// <summary>A fitted density of rows for each context that MAFlow.Torch wrote, scored in managed code: ln p(x | c).</summary>
/// <remarks>
/// A row has one result, bit for bit, in whatever batch, at whatever position and on however many threads it is scored.
/// Any number of threads may call at once. Rows lie one after the other, [B, N], and so do their contexts, [B, C].
/// A row whose context is NaN or infinite, or that holds NaN itself, has ln p = NaN. A row with ±∞, outside of the support of the
/// preprocessing, or so far out that its numbers overflow has ln p = -∞. Where ln p is not finite, latent codes are NaN. Contexts count as
/// no farther than ten deviations from their mean.
/// </remarks>
public sealed class ConditionalDensityScorer
{
    private readonly RowScorer _rows;

    private ConditionalDensityScorer(RowScorer rows) => _rows = rows;

    /// <summary>Number of features N.</summary>
    public int Dimension => _rows.Dimension;

    /// <summary>Number of context features C.</summary>
    public int ContextDimension => _rows.ContextDimension;

    /// <summary>Number of integration steps: K·⌈d/K⌉ for a flow of K pieces and a depth d that was asked for.</summary>
    public int Depth => _rows.Depth;

    /// <summary>Largest number of threads on which a call computes.</summary>
    /// <value>Default: one per processor.</value>
    public int Threads => _rows.Threads;

    /// <summary>Reads a model file.</summary>
    /// <param name="path">A safetensors file that <c>ConditionalDensityModel.Save</c> of MAFlow.Torch wrote.</param>
    /// <exception cref="FormatException">The file is damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that MAFlow.Torch alone can score; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConditionalDensityScorer Load(string path)
    {
        using var stream = File.OpenRead(path);
        return Load(stream, stream.Length);
    }

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that MAFlow.Torch alone can score; the message names it.</exception>
    public static ConditionalDensityScorer Load(Stream stream, long length) => new(RowScorer.Load(stream, length, isConditional: true));

    /// <summary>Reads a model from a stream, which is left open, unless it has a part that is not scored here.</summary>
    /// <param name="stream">Positioned at the first byte; read in either case.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="scorer">The scorer; null where there is none.</param>
    /// <param name="reason">Which part MAFlow.Torch alone can score; null where there is none.</param>
    /// <returns>Whether there is a scorer.</returns>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static bool TryLoad(
        Stream stream, long length, [NotNullWhen(true)] out ConditionalDensityScorer? scorer, [NotNullWhen(false)] out string? reason)
    {
        if (RowScorer.TryLoad(stream, length, isConditional: true, out var rows, out reason))
        {
            scorer = new(rows);
            return true;
        }

        scorer = null;
        return false;
    }

    /// <summary>The same model at another depth.</summary>
    /// <param name="depth">Depth d asked for, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is below 1.</exception>
    public ConditionalDensityScorer At(int depth) => new(_rows.At(depth));

    /// <summary>The same model on another number of threads.</summary>
    /// <param name="threads">Largest number of threads on which a call computes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public ConditionalDensityScorer OnThreads(int threads) => new(_rows.OnThreads(threads));

    /// <summary>Log-density of each row given its context.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="contexts">Their contexts [B, C] in original units.</param>
    /// <param name="logProb">Filled with ln p(x | c) [B], in nats.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void LogProb(ReadOnlySpan<float> rows, ReadOnlySpan<float> contexts, Span<float> logProb) =>
        _rows.Encode(rows, contexts, [], logProb);

    /// <inheritdoc cref="LogProb(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public void LogProb(ReadOnlySpan<double> rows, ReadOnlySpan<double> contexts, Span<double> logProb) =>
        _rows.Encode(rows, contexts, [], logProb);

    /// <summary>Latent codes of each row given its context, and the row's log-density.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="contexts">Their contexts [B, C] in original units.</param>
    /// <param name="z">Filled with latent codes [B, N], standard normal where the model is right.</param>
    /// <param name="logProb">Filled with ln p(x | c) [B], in nats; empty where it is not wanted.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void Encode(ReadOnlySpan<float> rows, ReadOnlySpan<float> contexts, Span<float> z, Span<float> logProb) =>
        _rows.Encode(rows, contexts, z, logProb);

    /// <inheritdoc cref="Encode(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, Span{float})"/>
    public void Encode(ReadOnlySpan<double> rows, ReadOnlySpan<double> contexts, Span<double> z, Span<double> logProb) =>
        _rows.Encode(rows, contexts, z, logProb);

    /// <summary>Maps latent codes to rows in original units, each by the flow of its context.</summary>
    /// <param name="z">Latent codes [B, N].</param>
    /// <param name="contexts">Contexts [B, C] in original units.</param>
    /// <param name="rows">Filled with rows [B, N]; NaN where a code or a context is not finite, or its numbers overflow.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void Decode(ReadOnlySpan<float> z, ReadOnlySpan<float> contexts, Span<float> rows) => _rows.Decode(z, contexts, rows);

    /// <inheritdoc cref="Decode(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    public void Decode(ReadOnlySpan<double> z, ReadOnlySpan<double> contexts, Span<double> rows) => _rows.Decode(z, contexts, rows);

    /// <summary>Draws one row for each context. Row i of a seed is the same, however many rows are drawn.</summary>
    /// <param name="contexts">Finite contexts [B, C] in original units, at least one.</param>
    /// <param name="seed">Number that decides the rows.</param>
    /// <returns>Rows [B, N] in original units.</returns>
    /// <exception cref="ArgumentException">The length is not that of whole contexts, or a context is not finite.</exception>
    /// <exception cref="InvalidOperationException">A row is not finite, because its solve diverged.</exception>
    public double[] Sample(ReadOnlySpan<double> contexts, ulong seed)
    {
        foreach (var value in contexts)
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentException(
                    $"Expected finite contexts, got {value}; leave such rows out, or replace what is missing.", nameof(contexts));
            }
        }

        return _rows.Sample(contexts.Length / ContextDimension, contexts, seed);
    }

    /// <summary>Writes the model at its depth as a file that ONNX Runtime runs, without this library. An earlier file survives any
    /// failure.</summary>
    /// <param name="path">The file.</param>
    /// <remarks>It reads "features" [batch, N] and "context" [batch, C] of float32 in original units, and gives "latent" [batch, N],
    /// "log_likelihood" and "score" [batch], which is -ln p in nats; see <see cref="DensityScorer.SaveOnnx(string)"/>.</remarks>
    /// <exception cref="NotSupportedException">The depth is beyond what a graph can hold.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _rows.ToOnnxFile().Save(path);
    }

    /// <summary>Writes the model as <see cref="SaveOnnx(string)"/> does, to a stream, which is left open.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="NotSupportedException">The depth is beyond what a graph can hold.</exception>
    public void SaveOnnx(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _rows.ToOnnxFile().WriteTo(stream);
    }
}
