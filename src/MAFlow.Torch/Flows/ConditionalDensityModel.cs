using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A density of rows y for each context x in their original units, ln p(y | x): scaled contexts, preprocessing of the rows, and a
/// conditional flow that ends in an affine map of the context.</summary>
/// <remarks>
/// The flow map of one coordinate is increasing, so its quantiles are as accurate as the integration: q_τ(x) = decode(Φ⁻¹(τ) | x), and P(y
/// ≤ v | x) = Φ(encode(v | x)). Scoring is deterministic and holds one batch in memory; the caller chooses its size. Contexts count as no
/// farther than ten deviations from their mean. Any number of threads may score at once. Dispose may be called while other threads score:
/// memory is freed when the last call returns.
/// </remarks>
public sealed class ConditionalDensityModel : IDisposable
{
    private readonly SharedUse _uses;
    private readonly int? _depth;

    internal ConditionalDensityModel(BijectionChain preprocessing, ContextScaling scaling, ConditionalFlow flow)
    {
        preprocessing.IsPreprocessing = true;
        (Preprocessing, Scaling, Flow, _uses) = (preprocessing, scaling, flow, new(flow, preprocessing, scaling));
        if (scaling.Dimension != flow.ContextDimension)
        {
            throw new ArgumentException(
                $"Expected scales of {flow.ContextDimension} context features, got {scaling.Dimension}.", nameof(scaling));
        }
    }

    private ConditionalDensityModel(ConditionalDensityModel other, int depth) =>
        (Preprocessing, Scaling, Flow, _uses, _depth) = (other.Preprocessing, other.Scaling, other.Flow, other._uses, depth);

    /// <summary>Number of coordinates N.</summary>
    public long Dimension => Flow.Dimension;

    /// <summary>Number of context features C.</summary>
    public long ContextDimension => Flow.ContextDimension;

    /// <summary>Number of steps that a solve takes.</summary>
    public int Depth => _depth ?? Flow.Depth;

    /// <summary>What was unusual in fitting the preprocessing, as sentences; null where nothing was.</summary>
    internal string? Remark => Preprocessing.Remark;

    internal BijectionChain Preprocessing { get; }

    internal ContextScaling Scaling { get; }

    internal ConditionalFlow Flow { get; }

    /// <summary>The same model at another depth. It shares everything with this one, and is not to be disposed.</summary>
    /// <param name="depth">Depth d asked for, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is below 1.</exception>
    public ConditionalDensityModel At(int depth)
    {
        TensorChecks.RequireAtLeast(depth, 1);
        return new(this, depth);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">A safetensors file that <see cref="Save(string)"/> wrote.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConditionalDensityModel Load(string path, Device? device = null)
    {
        using var stream = File.OpenRead(path);
        return Load(stream, stream.Length, device);
    }

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of a newer version.</exception>
    public static ConditionalDensityModel Load(Stream stream, long length, Device? device = null)
    {
        TorchRuntime.EnsureLoaded(device);
        using var left = GradientMode.LeaveInference();
        using var file = SafetensorsFile.Load(stream, length);
        var model = ConditionalModelFormat.Decode(file);
        model.Flow.MoveTo(device ?? CPU);
        return model;
    }

    /// <summary>Log-density of each row given its context.</summary>
    /// <param name="y">Rows [B, N] in original units.</param>
    /// <param name="context">Their contexts [B, C].</param>
    /// <returns>Shape [B], float64 on the CPU, in nats per row of original data; -∞ where no data can be, or a row is too far for the
    /// numbers of the solve.</returns>
    /// <exception cref="ArgumentException">A shape is wrong, or a value is not finite.</exception>
    public Tensor LogProb(Tensor y, Tensor context)
    {
        using var scope = NewDisposeScope();
        return Encode(y, context).LogProb.MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes of each row given its context, with the row's log-density.</summary>
    /// <param name="y">Rows [B, N] in original units.</param>
    /// <param name="context">Their contexts [B, C].</param>
    /// <returns>Latent codes [B, N], standard normal where the model is right, and ln p(y | x) [B] in nats; both float64 on the
    /// CPU.</returns>
    /// <exception cref="ArgumentException">A shape is wrong, or a value is not finite.</exception>
    public Encoded Encode(Tensor y, Tensor context)
    {
        TensorChecks.RequirePoints(y, Dimension);
        TensorChecks.RequireFinite(y, "the rows to score");
        ContextChecks.RequireOneForEach(y, context);
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var ((points, logDeterminant), outside) = Preprocessing.ForwardInside(y);
        var encoded = Given(context).Encode(points);
        var (z, logProb) = (encoded.Z.to(float64).cpu(), encoded.LogProb.to(float64).cpu().Add(logDeterminant));
        // What is too far for the numbers of the solve is farther than anything that is not.
        var impossible = outside is null ? logProb.isnan() : logProb.isnan().logical_or(outside);
        z = outside is null ? z : z.MaskedFill(outside.unsqueeze(1), double.NaN);
        return new Encoded(z.alias(), logProb.MaskedFill(impossible, double.NegativeInfinity)).MoveToOuterDisposeScope();
    }

    /// <summary>Maps latent codes to rows in original units, each by the flow of its context.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="context">Contexts [B, C].</param>
    /// <returns>Shape [B, N], float64 on the CPU; NaN where the solve of a row diverged.</returns>
    /// <exception cref="ArgumentException">A shape is wrong, or a context is not finite.</exception>
    public Tensor Decode(Tensor z, Tensor context)
    {
        TensorChecks.RequirePoints(z, Dimension);
        ContextChecks.RequireOneForEach(z, context);
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = Given(context).Decode(z).X;
        // Ends and levels would make an ordinary row of an infinite one.
        var isFinite = SolveChecks.Finite(x).unsqueeze(1);
        var rows = Preprocessing.Inverse(where(isFinite, x, zeros_like(x))).Points;
        return where(isFinite.to(rows.device), rows, rows.FullLike(double.NaN)).MoveToOuterDisposeScope();
    }

    /// <summary>Draws one row for each context.</summary>
    /// <param name="context">Contexts [B, C].</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [B, N], float64 on the CPU, in original units.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a context is not finite.</exception>
    /// <exception cref="InvalidOperationException">A solve diverged.</exception>
    public Tensor Sample(Tensor context, Generator generator)
    {
        TensorChecks.RequirePoints(context, ContextDimension);
        using var scope = NewDisposeScope();
        var rows = Decode(StandardNormal.Sample(context.shape[0], Dimension, generator, float64), context);
        SolveChecks.RequireFinite("the drawn rows", Depth, rows);
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>What the model says of each context about one coordinate: mean, deviation, quantiles, scores.</summary>
    /// <param name="context">Contexts [B, C].</param>
    /// <exception cref="ArgumentException">The shape is wrong, or a context is not finite.</exception>
    /// <exception cref="InvalidOperationException">The model has more than one coordinate.</exception>
    public PredictiveDistribution Predict(Tensor context)
    {
        TensorChecks.RequirePoints(context, ContextDimension);
        TensorChecks.RequireFinite(context, "the contexts");
        return Dimension == 1 ? new(this, context) : throw new InvalidOperationException(
            $"Expected a model of one coordinate, which alone has quantiles, got one of {Dimension}; use Sample.");
    }

    /// <summary>Writes the model as one safetensors file; an earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The disk is full or read-only.</exception>
    public void Save(string path)
    {
        using var use = _uses.Begin(this);
        using var file = ConditionalModelFormat.Encode(this);
        file.Save(path);
    }

    /// <summary>Writes the model to a stream, which is left open.</summary>
    public void Save(Stream stream)
    {
        using var use = _uses.Begin(this);
        using var file = ConditionalModelFormat.Encode(this);
        file.Save(stream);
    }

    /// <inheritdoc/>
    public void Dispose() => _uses.Dispose();

    /// <summary>The flow of some contexts, as rows are scored.</summary>
    private MongeAmpereFlow Given(Tensor context) => Flow.Given(Scaling.Apply(context)).ForScoring().At(Depth);
}
