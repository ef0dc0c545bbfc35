using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What every integrator promises, on every potential.</summary>
[TestClass]
public sealed class IntegratorTests
{
    private static IEnumerable<object[]> Integrators => IntegratorFamilies.Names;

    private static IEnumerable<object[]> Pairs =>
        from integrator in IntegratorFamilies.Names
        from potential in PotentialFamilies.Names
        select new[] { integrator[0], potential[0] };

    /// <summary>x and ln p of a nonlinear field against a solve that is 64 times as deep, at three depths.</summary>
    [TestMethod]
    [DynamicData(nameof(Integrators))]
    public void ConvergesWithTheOrderThatItStates(string integrator)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var method = IntegratorFamilies.Create(integrator);
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 7, strength: 0.6), new() { Horizon = 1, Integrator = method });
        var x = Draw.Normal(3, 6, PotentialFamilies.Dimension);
        var exact = flow.With(flow.Options with { Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5), Depth = 256 }).Encode(x);
        double Error(int depth, Func<Encoded, Tensor> part) => part(flow.At(depth).Encode(x)).sub(part(exact)).abs().max().item<double>();
        foreach (var part in (Func<Encoded, Tensor>[])[encoded => encoded.Z, encoded => encoded.LogProb])
        {
            var order = Math.Log2(Error(8, part) / Error(16, part));
            Assert.IsTrue(order > method.Order - 0.35 && order < method.Order + 1.2, $"Order {method.Order} was stated, {order:F2} was measured.");
        }
    }

    /// <summary>Without Gaussian potentials, which are carried exactly, and potentials of pairs, which take the stretch of their Gaussian map in
    /// one exact step; their own tests hold their solves against plain steps.</summary>
    private static IEnumerable<object[]> SteppedPairs =>
        Pairs.Where(pair => (string)pair[1] is var name
            && !name.StartsWith("Gaussian", StringComparison.Ordinal) && !name.StartsWith("pairs", StringComparison.Ordinal) && !name.Contains("particle", StringComparison.Ordinal));

    [TestMethod]
    [DynamicData(nameof(SteppedPairs))]
    public void ThePotentialsOwnSolveAgreesWithTheGenericOne(string integrator, string family)
    {
        using var scope = NewDisposeScope();
        using var generic = new MongeAmpereFlow(PotentialFamilies.CreateGeneric(family), Options(integrator));
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), Options(integrator));
        var x = Draw.Normal(4, 3, PotentialFamilies.Dimension);
        foreach (var (expected, actual) in ((Tensor, Tensor)[])
            [
                (generic.Encode(x).Z, flow.Encode(x).Z), (generic.LogProb(x), flow.LogProb(x)),
                (generic.Decode(x).X, flow.Decode(x).X), (generic.Decode(x).LogProb, flow.Decode(x).LogProb),
                (generic.KineticEnergy(x), flow.KineticEnergy(x)),
            ])
        {
            Near.Assert(expected, actual, 1e-11);
        }
    }

    /// <summary>The gradients of every way to run a reverse pass: closed, step by step, reversed, twice.</summary>
    [TestMethod]
    [DynamicData(nameof(Pairs))]
    public void GradientsAgreeWithPlainAutograd(string integrator, string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), Options(integrator));
        var x = Draw.Normal(5, 3, PotentialFamilies.Dimension);
        foreach (var withKineticEnergy in new[] { false, true })
        {
            var plain = Gradients(flow, x, withKineticEnergy, twice: true);
            foreach (var options in new[] { flow.Options, flow.Options with { Recompute = true } })
            {
                foreach (var (expected, actual) in plain.Zip(Gradients(flow.With(options), x, withKineticEnergy, twice: false)))
                {
                    Near.Assert(expected, actual, 1e-9 * Math.Max(1, expected.abs().max().item<double>()));
                }
            }
        }
    }

    /// <summary>∇|∇ ln p|², which a closed reverse pass would get wrong without a word if it were differentiated as it stands.</summary>
    [TestMethod]
    [DynamicData(nameof(Pairs))]
    public void SecondDerivativesAgreeWithThoseOfAPlainSolve(string integrator, string family)
    {
        if (family.StartsWith("perceptron", StringComparison.Ordinal) && integrator != "rk4")
        {
            // Fourth derivatives of a network by autograd take minutes for every method.
            return;
        }

        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), Options(integrator) with { Depth = 2 });
        var x = Draw.Normal(6, 2, PotentialFamilies.Dimension);
        Near.Assert(Curvature(flow, x, twice: true), Curvature(flow, x, twice: false), 1e-9);
    }

    [TestMethod]
    [DynamicData(nameof(Integrators))]
    public void IsStoredWithTheFlowAndFound(string integrator)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), Options(integrator));
        flow.Save(folder["flow.safetensors"]);
        using var read = MongeAmpereFlow.Load(folder["flow.safetensors"]);
        var x = Draw.Normal(7, 3, PotentialFamilies.Dimension);
        Assert.AreEqual(flow.Options.Integrator.ToString(), read.Options.Integrator.ToString());
        Near.AssertBitEqual(flow.LogProb(x), read.LogProb(x));
    }

    private static MongeAmpereFlowOptions Options(string integrator) => new() { Horizon = 1, Depth = 3, Integrator = IntegratorFamilies.Create(integrator) };

    private static List<Tensor> Gradients(MongeAmpereFlow flow, Tensor x, bool withKineticEnergy, bool twice)
    {
        var point = x.detach().clone().requires_grad_();
        var solution = flow.EncodeFully(point, null, withKineticEnergy, twice);
        var loss = solution.LogProb.mul(Draw.Normal(8, x.shape[0])).sum().add(solution.Points.cos().sum());
        loss = solution.KineticEnergy is { } kinetic ? loss.add(kinetic.sum()) : loss;
        Tensor[] inputs = [point, .. flow.Potential.parameters()];
        var found = autograd.grad([loss], inputs, allow_unused: true);
        return [.. found.Select((gradient, i) => gradient is null || gradient.IsInvalid ? zeros_like(inputs[i]) : gradient)];
    }

    private static Tensor Curvature(MongeAmpereFlow flow, Tensor x, bool twice)
    {
        var point = x.detach().clone().requires_grad_();
        var logProb = flow.EncodeFully(point, null, twiceDifferentiable: twice).LogProb;
        var score = autograd.grad([logProb.sum()], [point], retain_graph: true, create_graph: true)[0];
        return score.requires_grad ? autograd.grad([score.square().sum()], [point])[0] : zeros_like(x);
    }
}
