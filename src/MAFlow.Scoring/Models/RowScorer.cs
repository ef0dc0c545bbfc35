using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace MAFlow.Scoring.Models;

/// <summary>A model at a depth and on a number of threads: what <see cref="DensityScorer"/> and <see cref="ConditionalDensityScorer"/> do
/// with rows.</summary>
/// <remarks>Rows lie one after the other, [B, N]; contexts too, [B, C], and are empty where C is 0.</remarks>
internal sealed class RowScorer
{
    private const int MaxOnnxDepth = 4096;
    private readonly ScoringModel _model;
    private readonly int _steps;

    private RowScorer(ScoringModel model, int depth, int threads)
    {
        (_model, Threads) = (model, threads);
        _steps = (depth / model.Pieces) + (depth % model.Pieces == 0 ? 0 : 1);
        Depth = checked(_steps * model.Pieces);
    }

    /// <summary>Number of features N.</summary>
    public int Dimension => _model.Dimension;

    /// <summary>Number of context features C; 0 where the density depends on no context.</summary>
    public int ContextDimension => _model.ContextDimension;

    /// <summary>Number of integration steps.</summary>
    public int Depth { get; }

    /// <summary>Largest number of threads on which a call computes.</summary>
    public int Threads { get; }

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="isConditional">Whether the density is to depend on a context.</param>
    /// <param name="width">Which vectors to use, which changes no bit of any result.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that MAFlow.Torch alone can score; the message names it.</exception>
    public static RowScorer Load(Stream stream, long length, bool isConditional, VectorWidth? width = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var (model, depth) = ModelReader.Read(stream, length, width ?? Kernels.Best, isConditional);
        return new(model, depth, Environment.ProcessorCount);
    }

    /// <summary>Reads a model, unless it has a part that is not scored here.</summary>
    /// <param name="stream">Positioned at the first byte; read in either case.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="isConditional">Whether the density is to depend on a context.</param>
    /// <param name="scorer">The scorer; null where there is none.</param>
    /// <param name="reason">Which part MAFlow.Torch alone can score; null where there is none.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static bool TryLoad(
        Stream stream, long length, bool isConditional, [NotNullWhen(true)] out RowScorer? scorer,
        [NotNullWhen(false)] out string? reason)
    {
        try
        {
            (scorer, reason) = (Load(stream, length, isConditional), null);
            return true;
        }
        catch (NotSupportedException error)
        {
            (scorer, reason) = (null, error.Message);
            return false;
        }
    }

    /// <summary>The same model at another depth, at least 1.</summary>
    public RowScorer At(int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return new(_model, depth, Threads);
    }

    /// <summary>The same model on another number of threads, at least 1.</summary>
    public RowScorer OnThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return new(_model, Depth, threads);
    }

    /// <summary>Latent codes [B, N], where they are wanted, and ln p [B], where it is.</summary>
    public void Encode<T>(ReadOnlySpan<T> rows, ReadOnlySpan<T> contexts, Span<T> z, Span<T> logProb)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(RowOperation.Encode, rows, contexts, z, logProb);

    /// <summary>Rows [B, N] of latent codes.</summary>
    public void Decode<T>(ReadOnlySpan<T> z, ReadOnlySpan<T> contexts, Span<T> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(RowOperation.Decode, z, contexts, rows, []);

    /// <summary>The gradient of -ln p [B, N].</summary>
    public void ScoreGradient<T>(ReadOnlySpan<T> rows, ReadOnlySpan<T> contexts, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(RowOperation.Differentiate, rows, contexts, gradient, []);

    /// <summary>Draws rows from the model: row i of a seed is the same, however many rows are drawn.</summary>
    /// <param name="count">Number of rows, at least 1.</param>
    /// <param name="contexts">Contexts [B, C].</param>
    /// <param name="seed">Number that decides the rows.</param>
    /// <exception cref="InvalidOperationException">A row is not finite, because its solve diverged.</exception>
    public double[] Sample(int count, ReadOnlySpan<double> contexts, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)count * Dimension, Array.MaxLength, nameof(count));
        var rows = new double[count * Dimension];
        for (var row = 0; row < count; row++)
        {
            NormalNoise.Fill(seed, row, rows.AsSpan(row * Dimension, Dimension));
        }

        Decode<double>(rows, contexts, rows);
        return Array.TrueForAll(rows, double.IsFinite)
            ? rows
            : throw new InvalidOperationException(
                $"Expected finite rows, got NaN: the solve of depth {Depth} diverged; take a greater depth, or train with a smaller step.");
    }

    /// <summary>The model at its depth as a file of ONNX.</summary>
    /// <exception cref="NotSupportedException">The depth is beyond what a graph can hold.</exception>
    public OnnxFile ToOnnxFile()
    {
        var file = new OnnxFile(_model.OnnxOpset);
        var rows = file.Input("features", Dimension);
        var mapped = ToOnnx(rows, ContextDimension == 0 ? null : file.Input("context", ContextDimension));
        file.Output(mapped.Rows, "latent", Dimension);
        file.Output(mapped.LogDeterminant, "log_likelihood", null);
        file.Output(-mapped.LogDeterminant, "score", null);
        return file;
    }

    /// <summary>Latent codes [B, N] and ln p [B, 1] of rows [B, N] as nodes of a graph.</summary>
    /// <param name="rows">Rows [B, N].</param>
    /// <param name="contexts">Contexts [B, C]; null where the density depends on none.</param>
    /// <exception cref="NotSupportedException">The graph cannot express a part of the model.</exception>
    public OnnxMapped ToOnnx(OnnxValue rows, OnnxValue? contexts) => Depth <= MaxOnnxDepth
        ? _model.ToOnnx(rows, contexts, _steps)
        : throw new NotSupportedException(
            $"Expected a depth of at most {MaxOnnxDepth} for ONNX, where every step is written out, got {Depth}; "
            + "ask for fewer steps by At.");

    private unsafe void Run<T>(
        RowOperation operation, ReadOnlySpan<T> input, ReadOnlySpan<T> contexts, Span<T> output, Span<T> logProb)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = input.Length / Dimension;
        var isWhole = input.Length % Dimension == 0 && (!output.IsEmpty || !logProb.IsEmpty || count == 0);
        if (!isWhole || (!output.IsEmpty && output.Length != input.Length) || (!logProb.IsEmpty && logProb.Length != count))
        {
            throw new ArgumentException(
                $"Expected rows of {Dimension} numbers and a result of the same number of rows, got {input.Length} numbers "
                + $"and results of {output.Length} and {logProb.Length}.", nameof(input));
        }

        if (contexts.Length != (long)count * ContextDimension)
        {
            throw new ArgumentException(
                $"Expected a context of {ContextDimension} numbers for each of {count} rows, got {contexts.Length} numbers; "
                + "bring rows and contexts of equal number.", nameof(contexts));
        }

        fixed (T* source = input, given = contexts, target = output, numbers = logProb)
        {
            var job = new RowJob<T>(_model, _steps, operation, (nint)source, (nint)given, (nint)target, (nint)numbers);
            RowRunner.Run(_model, job, count, Depth, Threads);
        }
    }
}
