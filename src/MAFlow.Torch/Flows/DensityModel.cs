using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A density of data in its original units: preprocessing followed by a flow,
/// ln p(x) = ln p_flow(y(x)) + ln |det ∂y/∂x|.</summary>
/// <remarks>
/// A row with a value that no data can have gets ln p = -∞, and so does a row whose solve leaves the range of its numbers; other rows are
/// not affected. Sample and Evaluate throw instead. Scoring is deterministic, also after a training with noise, an estimated Laplacian or
/// short arithmetic. It holds one batch in memory; the caller chooses its size. Any number of threads may score at once. Dispose may be
/// called while other threads score: memory is freed when the last call returns, and later calls throw ObjectDisposedException.
/// </remarks>
public sealed class DensityModel : IDisposable
{
    private readonly MongeAmpereFlow _scoring;
    private readonly SharedUse _uses;

    /// <summary>Joins preprocessing and flow, both of which are disposed with the model.</summary>
    /// <param name="preprocessing">Fitted transforms.</param>
    /// <param name="flow">Flow on the transformed coordinates.</param>
    public DensityModel(BijectionChain preprocessing, MongeAmpereFlow flow)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(flow);
        preprocessing.IsPreprocessing = true;
        (Preprocessing, Flow) = (preprocessing, flow);
        _uses = new(flow, preprocessing);
        _scoring = flow.ForScoring();
    }

    private DensityModel(DensityModel other, int depth) =>
        (Preprocessing, Flow, _scoring, _uses) = (other.Preprocessing, other.Flow.At(depth), other._scoring.At(depth), other._uses);

    /// <summary>Fitted transforms from data to the coordinates of the flow.</summary>
    public BijectionChain Preprocessing { get; }

    /// <summary>Flow on the transformed coordinates.</summary>
    public MongeAmpereFlow Flow { get; }

    /// <summary>Number of features N.</summary>
    public long Dimension => Flow.Dimension;

    /// <summary>Type of the flow's numbers.</summary>
    internal ScalarType DataType => Flow.Placement().Type;

    /// <summary>The same model at another depth. It shares everything with this one, and is not to be disposed.</summary>
    /// <param name="depth">Depth d asked for, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is below 1.</exception>
    public DensityModel At(int depth) => new(this, depth);

    /// <summary>Reads a model file.</summary>
    /// <param name="path">A safetensors file that <see cref="Save(string, bool)"/> wrote.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DensityModel Load(string path, Device? device = null)
    {
        using var stream = File.OpenRead(path);
        return Load(stream, stream.Length, device);
    }

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of a newer version.</exception>
    public static DensityModel Load(Stream stream, long length, Device? device = null)
    {
        TorchRuntime.EnsureLoaded(device);
        using var left = GradientMode.LeaveInference();
        using var file = SafetensorsFile.Load(stream, length);
        var model = FlowFormat.Decode(file);
        model.Flow.MoveTo(device ?? CPU);
        return model;
    }

    /// <summary>Log-density of each row.</summary>
    /// <param name="x">Rows [B, N] in original units.</param>
    /// <returns>Shape [B], float64 on the CPU, in nats per row of original data. It is -∞ where a value is outside of the range that
    /// preprocessing was declared for, and where a row is too far for the numbers of the solve.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is not finite.</exception>
    public Tensor LogProb(Tensor x)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        return Scored(x).LogProb.MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes of each row with the row's log-density.</summary>
    /// <param name="x">Rows [B, N] in original units.</param>
    /// <returns>Latent codes [B, N] and ln p(x) [B] in nats; both on the CPU, the latter in float64. Where a value is outside of the range
    /// that preprocessing was declared for, ln p is -∞ and the code NaN; where a row is too far for the numbers of the solve, ln p is
    /// -∞.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is not finite.</exception>
    public Encoded Encode(Tensor x)
    {
        using var use = _uses.Begin(this);
        return Scored(x);
    }

    /// <summary>Gradient of -ln p at each row: which features make the row improbable, and in which direction.</summary>
    /// <param name="x">Rows [B, N] in original units.</param>
    /// <returns>Shape [B, N], float64 on the CPU, in nats per unit of each feature; NaN in rows with a value outside of the range that
    /// preprocessing was declared for.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is not finite.</exception>
    public Tensor ScoreGradient(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        TensorChecks.RequireFinite(x, "the rows to score");
        using var _ = GradientMode.Recording();
        var point = x.detach().to(float64, CPU).clone().requires_grad_(true);
        var ((y, logDeterminant), outside) = Preprocessing.ForwardInside(point);
        var nll = _scoring.LogProb(y).to(float64).cpu().Add(logDeterminant).sum().neg();
        var gradient = autograd.grad([nll], [point], allow_unused: true)[0];
        return (outside is null ? gradient : gradient.MaskedFill(outside.unsqueeze(1), double.NaN)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean negative log-likelihood of a data set, computed batch by batch.</summary>
    /// <param name="rows">Rows [R, N] in original units.</param>
    /// <param name="batchSize">Rows held in memory at once.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is outside the range that preprocessing was declared
    /// for.</exception>
    /// <exception cref="InvalidOperationException">A row has no finite likelihood, because its solve diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public LikelihoodSummary Evaluate(Tensor rows, int batchSize = 512, CancellationToken cancellationToken = default)
    {
        TensorChecks.RequirePoints(rows, Dimension);
        using var use = _uses.Begin(this);
        TensorChecks.RequireAtLeast(batchSize, 1);
        var (count, sum, squares) = (rows.shape[0], 0.0, 0.0);
        for (var start = 0L; start < count; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = rows.narrow(0, start, Math.Min(batchSize, count - start));
            var nll = Scored(batch).LogProb.neg();
            if (nll.isposinf().any().item<bool>())
            {
                // A mean needs every row: this names the one that is outside of the range, if that is the cause.
                Preprocessing.Forward(batch);
            }

            SolveChecks.RequireFinite($"the likelihoods of the batch that begins with row {start}", _scoring.Depth, nll);
            sum += nll.sum().item<double>();
            squares += nll.Square().sum().item<double>();
        }

        var mean = sum / count;
        return new(count, mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)) / count));
    }

    /// <summary>Maps latent codes to rows in original units.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <returns>Shape [B, N], float64 on the CPU; quantised data comes back on its levels, and NaN where the solve of a row
    /// diverged.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor Decode(Tensor z)
    {
        using var use = _uses.Begin(this);
        return Rows(z);
    }

    /// <summary>Draws rows from the model.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [count, N], float64 on the CPU, in original units.</returns>
    /// <exception cref="InvalidOperationException">A solve diverged.</exception>
    public Tensor Sample(long count, Generator generator)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        var rows = Rows(StandardNormal.Sample(count, Dimension, generator, DataType));
        SolveChecks.RequireFinite("the drawn rows", _scoring.Depth, rows);
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>Writes the model as one safetensors file; an earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isShort">Whether the potential's numbers are rounded to bfloat16, which halves them: enough for a model that was
    /// trained with <see cref="Precision.BFloat16Products"/>.</param>
    /// <exception cref="IOException">The disk is full or read-only.</exception>
    public void Save(string path, bool isShort = false)
    {
        using var use = _uses.Begin(this);
        using var file = FlowFormat.Encode(this, isShort);
        file.Save(path);
    }

    /// <summary>Writes the model to a stream, which is left open.</summary>
    public void Save(Stream stream)
    {
        using var use = _uses.Begin(this);
        using var file = FlowFormat.Encode(this);
        file.Save(stream);
    }

    /// <summary>Changes the depth that operations take where none is given.</summary>
    internal void Refine(int depth)
    {
        Flow.Refine(depth);
        _scoring.Refine(depth);
    }

    /// <inheritdoc/>
    public void Dispose() => _uses.Dispose();

    private Encoded Scored(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        TensorChecks.RequireFinite(x, "the rows to score");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var ((y, logDeterminant), outside) = Preprocessing.ForwardInside(x);
        var encoded = _scoring.Encode(y);
        var (z, logProb) = (encoded.Z.cpu().alias(), encoded.LogProb.to(float64).cpu().Add(logDeterminant));
        // What is too far for the numbers of the solve is farther than anything that is not.
        var impossible = outside is null ? logProb.isnan() : logProb.isnan().logical_or(outside);
        logProb = logProb.MaskedFill(impossible, double.NegativeInfinity);
        z = outside is null ? z : z.MaskedFill(outside.unsqueeze(1), double.NaN);
        return new Encoded(z, logProb).MoveToOuterDisposeScope();
    }

    private Tensor Rows(Tensor z)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = _scoring.Decode(z).X;
        // Ends and levels would make an ordinary row of an infinite one.
        var isFinite = SolveChecks.Finite(x).unsqueeze(1);
        var rows = Preprocessing.Inverse(where(isFinite, x, zeros_like(x))).Points;
        return where(isFinite.to(rows.device), rows, rows.FullLike(double.NaN)).MoveToOuterDisposeScope();
    }
}
