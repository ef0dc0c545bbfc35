using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>A ridge flow with a batch to train on and to score, at stated sizes.</summary>
internal sealed class Workload : IDisposable
{
    private readonly Tensor _x;

    public Workload(long batch, long dimension, int hidden, int depth, Precision precision = Precision.Full, bool recompute = false)
    {
        using var generator = new Generator(7);
        using var scope = NewDisposeScope();
        var potential = RidgePotential.AtRest(randn([hidden, dimension], generator: generator), Activation.Softplus, generator);
        using (no_grad())
        {
            potential.Amplitude.copy_(randn(hidden, generator: generator).mul(0.02));
        }

        Potential = potential;
        Options = new() { Horizon = 1, Depth = depth, Precision = precision, Recompute = recompute };
        Flow = new MongeAmpereFlow(potential, Options);
        _x = randn([batch, dimension], generator: generator).DetachFromDisposeScope();
    }

    public RidgePotential Potential { get; }

    public MongeAmpereFlowOptions Options { get; }

    public MongeAmpereFlow Flow { get; }

    /// <summary>Loss and gradients of the workload's flow.</summary>
    public void Train() => Train(Flow);

    /// <summary>Loss and gradients of another flow on the same batch.</summary>
    public void Train(MongeAmpereFlow flow)
    {
        using var scope = NewDisposeScope();
        flow.LogProb(_x).mean().neg().backward();
        foreach (var parameter in flow.Potential.parameters())
        {
            parameter.grad = null;
        }
    }

    /// <summary>Log-densities of the batch.</summary>
    public void Score()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Flow.LogProb(_x);
    }

    public void Dispose()
    {
        Flow.Dispose();
        _x.Dispose();
    }
}
