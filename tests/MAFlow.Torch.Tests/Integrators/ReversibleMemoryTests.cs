using MAFlow.Tests;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What training takes at its peak, as a function of the depth.</summary>
[TestClass]
public sealed class ReversibleMemoryTests
{
    private const long Rows = 8192;
    private const long Units = 16;

    // A state in single precision.
    private const long StateBytes = 4 * Rows * Units;

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void AReversibleSolveTakesTheSameMemoryAtEveryDepth(bool inHiddenSpace)
    {
        var (shallow, deep) = (Peak(inHiddenSpace, 20, Reversible), Peak(inHiddenSpace, 200, Reversible));
        Near.IsAtMost(1.3 * shallow, deep, $"{shallow >> 20} MiB at depth 20.");
    }

    /// <summary>Otherwise the test above could not fail.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void APlainSolveTakesMemoryInProportionToTheDepth(bool inHiddenSpace)
    {
        var (shallow, deep) = (Peak(inHiddenSpace, 20, options => options), Peak(inHiddenSpace, 120, options => options));
        Assert.IsInRange(3.0, 7.0, (double)deep / shallow, $"{shallow >> 20} MiB at depth 20, {deep >> 20} MiB at depth 120.");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void RecomputingKeepsTheBoundariesOfStepsOnly(bool inHiddenSpace)
    {
        var (shallow, deep) = (Peak(inHiddenSpace, 20, Recomputed), Peak(inHiddenSpace, 200, Recomputed));
        Assert.IsInRange(0.7 * 180 * StateBytes, 1.3 * 180 * StateBytes, deep - shallow, $"{shallow >> 20} MiB at depth 20, {deep >> 20} MiB at depth 200.");
        // Within one step it is as if nothing else were there.
        Near.IsBelow(Peak(inHiddenSpace, 200, options => options) / 2, deep);
    }

    private static MongeAmpereFlowOptions Reversible(MongeAmpereFlowOptions options) => options with { Integrator = new Reversible(ExplicitRungeKutta.Classic) };

    private static MongeAmpereFlowOptions Recomputed(MongeAmpereFlowOptions options) => options with { Recompute = true };

    private static long Peak(bool inHiddenSpace, int depth, Func<MongeAmpereFlowOptions, MongeAmpereFlowOptions> change)
    {
        using var generator = new Generator(1);
        using var weight = randn([Units, Units], generator: generator);
        using var amplitude = full(Units, 0.01f);
        var ridge = new RidgePotential(weight, amplitude, amplitude, Activation.Softplus);
        using var flow = new MongeAmpereFlow(inHiddenSpace ? ridge : new InSpaceOfPoints(ridge), change(new() { Horizon = 1, Depth = depth }));
        using var x = randn([Rows, Units], generator: generator);
        Train(flow.At(2));
        return PeakMemory.Of(() => Train(flow));

        void Train(MongeAmpereFlow trained)
        {
            using var scope = NewDisposeScope();
            trained.LogProb(x).mean().backward();
            Assert.IsNotNull(ridge.Weight.grad);
        }
    }

    /// <summary>A ridge with its closed derivatives, but without its own solve.</summary>
    private sealed class InSpaceOfPoints : Potential
    {
        private readonly RidgePotential _inner;

        public InSpaceOfPoints(RidgePotential inner)
            : base("points", inner.Dimension)
        {
            _inner = inner;
            register_module("inner", inner);
        }

        protected internal override Tensor Evaluate(Tensor x, double time) => _inner.Value(x, time);

        protected internal override (Tensor Gradient, Tensor Laplacian) Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
            _inner.Derivatives(x, time, estimator, probes);
    }
}
