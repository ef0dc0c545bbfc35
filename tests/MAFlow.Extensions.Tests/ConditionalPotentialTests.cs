using MAFlow.Torch.Flows;
using MAFlow.Torch.Training;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class ConditionalPotentialTests
{
    [TestMethod]
    public void ItIsTrainedSavedAndLoaded()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        ShiftedWellPotential.Register();
        using var flow = Flow();
        var (x, context) = Data();
        double Nll(ConditionalFlow of) => of.Given(context).LogProb(x).mean().neg().item<double>();
        var before = Nll(flow);
        var options = Examples.Short with { MaxEpochs = 40, LearningRate = 0.1 };
        var report = new DensityTrainer(options).Fit(flow, x, context);

        // The Gaussian that made the data has ln 2π + ln 0.25 + 1 nats.
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Assert.IsGreaterThan(2, before);
        Near.IsBelow(Math.Log(2 * Math.PI) + Math.Log(0.25) + 1.15, Nll(flow));
        flow.Save(folder["flow"]);
        using var loaded = ConditionalFlow.Load(folder["flow"]);
        Near.AssertBitEqual(flow.Given(context).LogProb(x), loaded.Given(context).LogProb(x));
    }

    /// <summary>Rows that need another depth are solved with their own contexts.</summary>
    [TestMethod]
    public void ItIsScoredToATolerance()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var (x, context) = Data();
        var given = flow.Given(context);
        var solution = given.EncodeToTolerance(x.mul(tensor(new[] { 1.0, 40 })), 1e-9);
        Near.Assert(given.At(200).LogProb(x.mul(tensor(new[] { 1.0, 40 }))), solution.LogProb, 1e-6);
        Assert.IsGreaterThan(1, solution.Depth.unique().output.shape[0]);
    }

    private static ConditionalFlow Flow() => new(
        new ShiftedWellPotential(eye(2, dtype: float64), ones(1, dtype: float64)), new() { Horizon = 1, Depth = 3, Recompute = true });

    private static (Tensor X, Tensor Context) Data()
    {
        var context = Draw.Normal(1, 200, 2);
        return (context.mm(tensor(new double[,] { { 1, 0.5 }, { -0.3, 0.8 } })).add(Draw.Normal(2, 200, 2).mul(0.5)), context);
    }
}
