using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Training by the Sinkhorn divergence: alone, beside the likelihood, and what it refuses.</summary>
[TestClass]
public sealed class SinkhornDivergenceTests
{
    [TestMethod]
    public void AloneItLeadsToTheGaussianThatTheDataHave()
    {
        using var scope = NewDisposeScope();
        var (mean, factor) = (tensor([1.0, -0.5]), tensor(new[,] { { 1.5, 0.0 }, { 0.8, 0.6 } }));
        var data = Gaussians.StandardRows(512, 2).mm(factor.t()).add(mean);
        using var model = Unfitted(data, hiddenUnits: 24);
        var before = Distance(model);
        var report = new DensityTrainer(new()
        {
            MaxEpochs = 60, BatchSize = 256, LearningRate = 0.03, ValidationFraction = 0, AverageDecay = 0.95, DepthTolerance = null,
            Objective = Objective.SinkhornDivergence(0.2),
        }).Fit(model, data);
        Near.IsBelow(0.02 * before, Distance(model), $"{before} before.");
        // What it reports is the divergence, without a word of densities.
        Assert.IsInRange(-0.1, 0.2, report.History[^1].Loss);

        double Distance(DensityModel fitted)
        {
            using var inner = NewDisposeScope();
            using var generator = new Generator(3);
            var x = fitted.Flow.Sample(20_000, generator).X.to(float64);
            return Gaussians.SquaredDistance(x.mean([0L]), x.t().cov(), mean, factor.mm(factor.t()));
        }
    }

    [TestMethod]
    public void BesideTheLikelihoodItReportsTheLikelihood()
    {
        using var data = Toy.Ring(1, 200);
        using var model = Toy.Model(data);
        var objective = Objective.MaximumLikelihood.Plus(Objective.SinkhornDivergence(0.5).Times(0.1));
        var report = new DensityTrainer(Toy.Short with { Objective = objective, MaxEpochs = 10 }).Fit(model, data);
        Near.IsBelow(report.History[0].ValidationNll!.Value, report.BestValidationNll!.Value);
        Assert.AreEqual(report.History[^1].ValidationNll!.Value, report.History[^1].Loss, 0.5);
    }

    [TestMethod]
    public void EqualSeedsGiveEqualWeightsAlsoAfterAnInterruption()
    {
        using var data = Toy.Ring(1, 200);
        using var folder = new TemporaryFolder();
        var options = Toy.Short with { Objective = Objective.SinkhornDivergence(0.5) };
        using var first = Toy.Model(data);
        using var second = Toy.Model(data);
        new DensityTrainer(options).Fit(first, data);
        using var source = new CancellationTokenSource();
        var resumed = new DensityTrainer(options with { CheckpointPath = folder["state"], CheckpointEverySteps = 1 });
        var stop = new Observer(told =>
        {
            if (told.Current.Step >= 3)
            {
                source.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => resumed.Fit(second, data, progress: stop, cancellationToken: source.Token));
        resumed.Fit(second, data);
        CollectionAssert.AreEqual(Toy.Weights(first), Toy.Weights(second));
    }

    [TestMethod]
    [DataRow("ridge softplus, narrow")]
    [DataRow("piecewise ridge")]
    [DataRow("perceptron of two layers")]
    public void ItsGradientByTheParametersAgreesWithDifferences(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 3 });
        var (objective, data) = (new SinkhornDivergence(0.5, 1e-10), Draw.Normal(2, 5, 3).add(1));
        Loss().backward();
        foreach (var (name, parameter) in flow.NamedParameters())
        {
            using var inner = NewDisposeScope();
            var numeric = FiniteDifferences.OfParameter(() => Loss().item<double>(), parameter);
            var gradient = parameter.grad ?? zeros_like(parameter);
            Near.Assert(numeric, gradient, 1e-5 * Math.Max(1, numeric.abs().max().item<double>()), name);
        }

        Tensor Loss()
        {
            using var _ = enable_grad();
            return objective.Evaluate(new(flow, data, isData: true, 1, seed: 4)).Loss;
        }
    }

    [TestMethod]
    public void LatentCodesAndContextsAreRefused()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), new() { Horizon = 1, Depth = 3 });
        var objective = Objective.SinkhornDivergence(1);
        var codes = Assert.ThrowsExactly<InvalidOperationException>(() => objective.Evaluate(new(flow, Draw.Normal(1, 5, 3), isData: false, 1, seed: 1)));
        Assert.Contains("for Objective.SinkhornDivergence, got latent codes; use Objective.FreeEnergy(energy) here", codes.Message);
        var name = ConditionalFlows.Names.First()[0].ToString()!;
        using var conditional = new ConditionalFlow(ConditionalFlows.Potential(name), new() { Horizon = 1, Depth = 2 });
        var given = conditional.Given(Draw.Normal(1, 5, conditional.ContextDimension));
        var contexts = Assert.ThrowsExactly<InvalidOperationException>(
            () => objective.Evaluate(new(given, Draw.Normal(1, 5, conditional.Dimension), isData: true, 1, seed: 1)));
        Assert.Contains("Expected a flow without contexts", contexts.Message);
    }

    [TestMethod]
    public void TrainingFreesItsTensors()
    {
        using var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        var trainer = new DensityTrainer(Toy.Short with { MaxEpochs = 2, Objective = Objective.SinkhornDivergence(0.5) });
        Leaks.AssertNone(() => trainer.Fit(model, data).Steps == 4 ? [] : throw new InvalidOperationException());
    }

    /// <summary>A flow at rest on the data's own coordinates.</summary>
    private static DensityModel Unfitted(Tensor data, int hiddenUnits)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { Bijections = [], HiddenUnits = hiddenUnits, Flow = new() { Horizon = 2, Depth = 6 } }.Build(data, generator);
    }
}
