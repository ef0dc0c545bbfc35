using static TorchSharp.torch;

namespace MAFlow.MLNet.Tests;

/// <summary>A user's own potential, φ(x) = Σ s_i ln cosh x_i, written against the public API.</summary>
internal sealed class CoshPotential : Potential
{
    private const string KindName = "cosh of the tests";

    public CoshPotential(long dimension)
        : this(zeros(dimension))
    {
    }

    private CoshPotential(Tensor strengths)
        : base(KindName, strengths.shape[0]) =>
        register_parameter("strengths", new TorchSharp.Modules.Parameter(strengths.clone().DetachFromDisposeScope()));

    /// <summary>Evaluations that were recorded to be differentiated.</summary>
    public static int Differentiated { get; set; }

    public static void Register() => Kinds.Register(KindName, Restore);

    protected override Tensor Evaluate(Tensor x, double time) => get_parameter("strengths")!.mul(x.cosh().log()).sum([1L]);

    protected override (Tensor Gradient, Tensor Laplacian) Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        Differentiated += is_grad_enabled() ? 1 : 0;
        return base.Derivatives(x, time, estimator, probes);
    }

    protected override StoredComponent Store() => new StoredComponent(KindName).WithTensor("strengths", get_parameter("strengths")!);

    private static CoshPotential Restore(StoredComponent stored) => new(stored.Tensor("strengths"));
}
