using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The gradients that training follows, against central differences of every parameter.</summary>
[TestClass]
public sealed class LikelihoodGradientTests
{
    private static IEnumerable<object[]> Families => PotentialFamilies.Names.Where(name => name[0] is not "swinging");

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void GradientsOfTheMeanNllAgreeWithFiniteDifferences(string family) =>
        Check(family, (flow, x) => flow.LogProb(x).mean().neg());

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void GradientsThroughLatentCodesAgreeWithFiniteDifferences(string family) =>
        Check(family, (flow, x) => flow.Encode(x) is var encoded ? encoded.Z.sin().sum().add(encoded.LogProb.mean()) : throw new InvalidOperationException());

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void GradientsThroughDecodeAgreeWithFiniteDifferences(string family) =>
        Check(family, (flow, z) => flow.Decode(z) is var decoded ? decoded.X.square().sum().sub(decoded.LogProb.square().mean()) : throw new InvalidOperationException());

    private static void Check(string family, Func<MongeAmpereFlow, Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 3 });
        var x = Draw.Normal(8, 4, PotentialFamilies.Dimension).requires_grad_();
        loss(flow, x).backward();
        foreach (var (name, parameter) in flow.Potential.named_parameters())
        {
            using var inner = NewDisposeScope();
            var numeric = FiniteDifferences.OfParameter(() => loss(flow, x).item<double>(), parameter);
            Near.Assert(numeric, parameter.grad is { } gradient ? gradient : zeros_like(parameter), 1e-6, name);
        }

        var point = new Parameter(x.detach().clone(), false);
        Near.Assert(FiniteDifferences.OfParameter(() => loss(flow, point).item<double>(), point), x.grad!, 1e-6, "x");
    }
}
