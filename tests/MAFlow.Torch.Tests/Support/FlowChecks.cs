using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What holds for a flow of any potential that has a solve of its own.</summary>
internal static class FlowChecks
{
    /// <summary>A flow that was saved and loaded has the same parameters, and the same likelihoods but for rounding: products of matrices may
    /// differ in the last bit with the place of their operands in memory.</summary>
    public static void Loads(Potential potential, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var folder = new TemporaryFolder();
        using var flow = new MongeAmpereFlow(potential, new() { Depth = 3 });
        flow.Save(folder["flow"]);
        using var loaded = MongeAmpereFlow.Load(folder["flow"]);
        var x = Draw.Normal(9, 3, flow.Dimension);
        Near.Assert(flow.LogProb(x), loaded.LogProb(x), tolerance);
        foreach (var (name, parameter) in flow.Potential.named_parameters())
        {
            Near.AssertBitEqual(parameter, loaded.Potential.get_parameter(name)!, name);
        }
    }

    /// <summary>Samples that bring their score are those that bring none, with the same gradients.</summary>
    public static void ScoresWhatItDecodes(MongeAmpereFlow flow)
    {
        var (z, cotangent) = (Draw.Normal(6, 5, flow.Dimension), Draw.Normal(7, 5, flow.Dimension));
        List<Tensor> parameters = [.. flow.Potential.parameters()];
        var scored = flow.DecodeWithScore(z, 1, recordsPath: true);
        var (x, logProb) = flow.Decode(z);
        Near.Assert(x, scored.X, 1e-12);
        Near.Assert(logProb, scored.LogProb, 1e-12);
        Near.Assert(flow.DecodeWithScore(z, 1).Score, scored.Score, 1e-12);
        Assert.IsFalse(scored.Score.requires_grad);
        foreach (var (expected, actual) in Gradients(x, logProb).Zip(Gradients(scored.X, scored.LogProb)))
        {
            Near.Assert(expected, actual, 1e-10);
        }

        IEnumerable<Tensor> Gradients(Tensor points, Tensor density) =>
            autograd.grad([points.mul(cotangent).sum().add(density.sin().sum())], parameters);
    }
}
