using BenchmarkDotNet.Attributes;

namespace MAFlow.Benchmarks;

/// <summary>Training step and scoring at the paper's MNIST sizes, with BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class TransportBenchmarks : IDisposable
{
    private Workload _training = null!;
    private Workload _scoring = null!;

    /// <summary>Number of Runge-Kutta steps.</summary>
    [Params(10, 100)]
    public int Depth { get; set; }

    /// <summary>Makes the flows.</summary>
    [GlobalSetup]
    public void Setup() => (_training, _scoring) = (new(100, 784, 1024, Depth), new(1000, 784, 1024, Depth));

    /// <summary>Loss and gradients of 100 rows.</summary>
    [Benchmark]
    public void TrainStep() => _training.Train();

    /// <summary>Log-densities of 1,000 rows.</summary>
    [Benchmark]
    public void Score() => _scoring.Score();

    /// <summary>Frees the flows.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _training.Dispose();
        _scoring.Dispose();
    }
}
