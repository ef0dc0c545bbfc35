using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>S = OT(a, b) - ½ OT(a, a) - ½ OT(b, b) between samples a of the flow and data b, by entropic optimal transport.</summary>
/// <remarks>
/// Zero where both are the same set; W₂² as ε → 0, the squared distance of the means as ε → ∞. By the envelope theorem its derivative by a
/// point takes the dual potentials as constants. Costs and potentials are float64, whatever the flow is.
/// It is a function of the whole batch, so every process computes all of it. Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré (2019).
/// </remarks>
internal sealed class SinkhornDivergence : Objective
{
    // The value errs by the square of it; the noise of a batch is far more than what it does to the gradient.
    private const double DefaultTolerance = 1e-3;
    private readonly double _epsilon;
    private readonly EntropicTransport _transport;

    /// <param name="epsilon">ε.</param>
    /// <param name="tolerance">Share of the mass that a plan may misplace.</param>
    public SinkhornDivergence(double epsilon, double tolerance = DefaultTolerance)
    {
        TensorChecks.RequireOption(epsilon, double.Epsilon, double.MaxValue);
        (_epsilon, _transport) = (epsilon, new(epsilon, tolerance));
    }

    public override string Identity => string.Create(CultureInfo.InvariantCulture, $"Sinkhorn divergence at epsilon {_epsilon:R}");

    internal override bool ReportsLikelihood => false;

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(true, "Objective.SinkhornDivergence", "Objective.FreeEnergy(energy)");
        using var scope = NewDisposeScope();
        var x = batch.Samples.to(float64);
        var values = Terms(x, batch.AllPoints.to(float64, x.device));
        // Of each process as many as it has points; the mean of all is S.
        var own = values.narrow(0, batch.FirstPoint, batch.Points.shape[0]);
        return (values.mean().MoveToOuterDisposeScope(), own.MoveToOuterDisposeScope());
    }

    /// <summary>Numbers [B] whose mean is S, differentiable by the first points.</summary>
    /// <param name="x">Points [B, N].</param>
    /// <param name="y">As many points.</param>
    internal Tensor Terms(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (between, within) = (SquaredDistances(x, y), SquaredDistances(x, x.detach()));
        var g = _transport.Between(between.detach()).G;
        var p = _transport.Within(within.detach());
        var q = _transport.Within(SquaredDistances(y, y));
        var ofSamples = _transport.SoftMinimum(between, g).sub(_transport.SoftMinimum(within, p));
        return ofSamples.Add(g.sub(q)).MoveToOuterDisposeScope();
    }

    private static Tensor SquaredDistances(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var squares = x.Square().sum([1L], keepdim: true).Add(y.Square().sum([1L]));
        return squares.Add(x.mm(y.t()), alpha: -2).MoveToOuterDisposeScope();
    }
}
