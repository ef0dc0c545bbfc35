using System.Diagnostics.CodeAnalysis;

namespace MAFlow.Scoring;

/// <summary>A fitted density that MAFlow.Torch wrote, scored in managed code: ln p(x) = ln p_flow(y(x)) + ln |det ∂y/∂x|.</summary>
/// <remarks>
/// A row has one result, bit for bit, in whatever batch, at whatever position and on however many threads it is scored.
/// Any number of threads may call at once. Rows lie one after the other, [B, N]. Preprocessing computes in float64, the flow in the type
/// of its numbers.
/// A row with NaN has ln p = NaN. A row with ±∞, outside of the support of the preprocessing, or so far out that its numbers overflow has
/// ln p = -∞. Where ln p is not finite, latent codes and gradients are NaN.
/// </remarks>
public sealed class DensityScorer
{
    private DensityScorer(RowScorer rows) => Rows = rows;

    /// <summary>Number of features N.</summary>
    public int Dimension => Rows.Dimension;

    /// <summary>Number of integration steps: K·⌈d/K⌉ for a flow of K pieces and a depth d that was asked for.</summary>
    public int Depth => Rows.Depth;

    /// <summary>Largest number of threads on which a call computes.</summary>
    /// <value>Default: one per processor.</value>
    public int Threads => Rows.Threads;

    /// <summary>What does the work.</summary>
    internal RowScorer Rows { get; }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">A safetensors file that <c>DensityModel.Save</c> or <c>MongeAmpereFlow.Save</c> of MAFlow.Torch wrote.</param>
    /// <exception cref="FormatException">The file is damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that MAFlow.Torch alone can score; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DensityScorer Load(string path)
    {
        using var stream = File.OpenRead(path);
        return Load(stream, stream.Length);
    }

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that MAFlow.Torch alone can score; the message names it.</exception>
    public static DensityScorer Load(Stream stream, long length) => new(RowScorer.Load(stream, length, isConditional: false));

    /// <summary>Reads a model file, unless it has a part that is not scored here.</summary>
    /// <param name="path">A safetensors file that MAFlow.Torch wrote.</param>
    /// <param name="scorer">The scorer; null where there is none.</param>
    /// <param name="reason">Which part MAFlow.Torch alone can score; null where there is none.</param>
    /// <returns>Whether there is a scorer.</returns>
    /// <exception cref="FormatException">The file is damaged, foreign, or of another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool TryLoad(string path, [NotNullWhen(true)] out DensityScorer? scorer, [NotNullWhen(false)] out string? reason)
    {
        using var stream = File.OpenRead(path);
        return TryLoad(stream, stream.Length, out scorer, out reason);
    }

    /// <summary>Reads a model from a stream, which is left open, unless it has a part that is not scored here.</summary>
    /// <param name="stream">Positioned at the first byte; read in either case.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="scorer">The scorer; null where there is none.</param>
    /// <param name="reason">Which part MAFlow.Torch alone can score; null where there is none.</param>
    /// <returns>Whether there is a scorer.</returns>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static bool TryLoad(
        Stream stream, long length, [NotNullWhen(true)] out DensityScorer? scorer, [NotNullWhen(false)] out string? reason)
    {
        if (RowScorer.TryLoad(stream, length, isConditional: false, out var rows, out reason))
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
    public DensityScorer At(int depth) => new(Rows.At(depth));

    /// <summary>The same model on another number of threads.</summary>
    /// <param name="threads">Largest number of threads on which a call computes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public DensityScorer OnThreads(int threads) => new(Rows.OnThreads(threads));

    /// <summary>Log-density of each row.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="logProb">Filled with ln p [B], in nats.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void LogProb(ReadOnlySpan<float> rows, Span<float> logProb) => Rows.Encode(rows, [], [], logProb);

    /// <inheritdoc cref="LogProb(ReadOnlySpan{float}, Span{float})"/>
    public void LogProb(ReadOnlySpan<double> rows, Span<double> logProb) => Rows.Encode(rows, [], [], logProb);

    /// <summary>Latent codes of each row, and the row's log-density.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="z">Filled with latent codes [B, N].</param>
    /// <param name="logProb">Filled with ln p [B], in nats; empty where it is not wanted.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void Encode(ReadOnlySpan<float> rows, Span<float> z, Span<float> logProb) => Rows.Encode(rows, [], z, logProb);

    /// <inheritdoc cref="Encode(ReadOnlySpan{float}, Span{float}, Span{float})"/>
    public void Encode(ReadOnlySpan<double> rows, Span<double> z, Span<double> logProb) => Rows.Encode(rows, [], z, logProb);

    /// <summary>Maps latent codes to rows in original units; quantised data comes back on its levels.</summary>
    /// <param name="z">Latent codes [B, N].</param>
    /// <param name="rows">Filled with rows [B, N]; NaN where a code is not finite or its numbers overflow.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void Decode(ReadOnlySpan<float> z, Span<float> rows) => Rows.Decode(z, [], rows);

    /// <inheritdoc cref="Decode(ReadOnlySpan{float}, Span{float})"/>
    public void Decode(ReadOnlySpan<double> z, Span<double> rows) => Rows.Decode(z, [], rows);

    /// <summary>Gradient of -ln p at each row: which features make the row improbable, and in which direction.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="gradient">Filled with the gradient [B, N], in nats per unit of each feature.</param>
    /// <exception cref="ArgumentException">The lengths are not those of whole rows.</exception>
    public void ScoreGradient(ReadOnlySpan<float> rows, Span<float> gradient) => Rows.ScoreGradient(rows, [], gradient);

    /// <inheritdoc cref="ScoreGradient(ReadOnlySpan{float}, Span{float})"/>
    public void ScoreGradient(ReadOnlySpan<double> rows, Span<double> gradient) => Rows.ScoreGradient(rows, [], gradient);

    /// <summary>Draws rows from the model. Row i of a seed is the same, however many rows are drawn.</summary>
    /// <param name="count">Number of rows, at least 1.</param>
    /// <param name="seed">Number that decides the rows.</param>
    /// <returns>Rows [count, N] in original units.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1, or more than an array can hold.</exception>
    /// <exception cref="InvalidOperationException">A row is not finite, because its solve diverged.</exception>
    public double[] Sample(int count, ulong seed) => Rows.Sample(count, [], seed);

    /// <summary>Writes the model at its depth as a file that ONNX Runtime runs, without this library: for Python, Java, Spark, a
    /// browser. An earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <remarks>
    /// It reads "features" [batch, N] of float32 in original units, and gives "latent" [batch, N], "log_likelihood" and "score" [batch],
    /// which is -ln p in nats. Preprocessing computes in float64 there too. The operators are those of version 12, which old runtimes know
    /// as well; the noise of quantised data needs version 18.
    /// </remarks>
    /// <exception cref="NotSupportedException">The depth is beyond what a graph can hold.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Rows.ToOnnxFile().Save(path);
    }

    /// <summary>Writes the model as <see cref="SaveOnnx(string)"/> does, to a stream, which is left open.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="NotSupportedException">The depth is beyond what a graph can hold.</exception>
    public void SaveOnnx(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Rows.ToOnnxFile().WriteTo(stream);
    }

    /// <summary>Reads a model for vectors of a chosen width, which changes no bit of any result.</summary>
    internal static DensityScorer Load(Stream stream, long length, VectorWidth width) =>
        new(RowScorer.Load(stream, length, isConditional: false, width));
}
