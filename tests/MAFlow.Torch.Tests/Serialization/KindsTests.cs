using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class KindsTests
{
    [TestMethod]
    public void AKindHasOneReaderForATypeAndMayHaveAnotherForAnother()
    {
        Kinds.Register("kinds-test", LinearPotential.Read);
        Kinds.Register("kinds-test", LinearPotential.Read);
        Kinds.Register<Bijection>("kinds-test", stored => new ArcsinhBijection(stored.Tensor("s")));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Kinds.Register<Potential>("kinds-test", _ => new ConstantPotential(1)));
        Assert.Contains("Expected a kind of Potential that has no reader yet, got 'kinds-test'", error.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => Kinds.Register("kinds-test", _ => new ConstantPotential(1)), "A derived type would answer for its base.");
        Assert.ThrowsExactly<InvalidOperationException>(() => Kinds.Register<Potential>("ridge", _ => new ConstantPotential(1)), "The library's own are there from the start.");
        Assert.ThrowsExactly<ArgumentException>(() => Kinds.Register<Potential>("", _ => new ConstantPotential(1)));
    }

    [TestMethod]
    public void UnknownKindsAreNamedWithWhatIsKnown()
    {
        var message = Refused<Bijection>(new StoredComponent("no-such-map"));
        Assert.Contains("Expected a known Bijection, got 'no-such-map'; register a reader with Kinds.Register before loading, or update MAFlow. Known are", message);
        Assert.Contains("standardization", message);
        Assert.DoesNotContain("deep-sets", message);
    }

    [TestMethod]
    public void WhatReadersThrowAboutTheContentIsAFormatException()
    {
        Exception[] errors =
        [
            new ArgumentException("x"), new ArgumentOutOfRangeException("x"), new InvalidOperationException("x"), new InvalidCastException("x"),
            new OverflowException("x"), new KeyNotFoundException("x"),
        ];
        Kinds.Register<Bijection>("throwing", stored => throw errors[stored.Option<int>("which")]);
        for (var i = 0; i < errors.Length; i++)
        {
            Assert.Contains("The stored throwing Bijection does not fit together: ", Refused<Bijection>(new StoredComponent("throwing").With("which", i)));
        }

        Kinds.Register<Bijection>("careless", stored => new ArcsinhBijection(((Tensor?)null)!));
        Assert.Contains("The stored careless Bijection does not fit together: ", Refused<Bijection>(new StoredComponent("careless")));
        Kinds.Register<Bijection>("failing", _ => throw new IOException());
        Assert.ThrowsExactly<IOException>(() => Kinds.Read<Bijection>(new StoredComponent("failing")));
    }

    [TestMethod]
    public void ComponentsThatLieTooDeepAreRefused()
    {
        var stored = new BijectionChain().Store();
        for (var i = 0; i < 8; i++)
        {
            stored = new StoredComponent("chain").WithChildren("bijections", [stored]);
        }

        Kinds.Read<Bijection>(stored).Dispose();
        for (var i = 0; i < 30; i++)
        {
            stored = new StoredComponent("chain").WithChildren("bijections", [stored]);
        }

        Assert.Contains("at most 16 deep", Refused<Bijection>(stored));
        // And the next reading begins at the top.
        Kinds.Read<Bijection>(new BijectionChain().Store()).Dispose();
    }

    [TestMethod]
    public void AFailureLeavesNothingBehind()
    {
        using var scale = zeros(3);
        var sound = new StoredComponent("kinds-arcsinh").WithTensor("s", scale);
        Kinds.Register<Bijection>("kinds-arcsinh", stored => new Counted(stored.Tensor("s")));
        var stored = new StoredComponent("chain").WithChildren("bijections", [sound, new StoredComponent("chain").WithChildren("bijections", [sound]), new StoredComponent("logit").With("lambda", 2)]);
        Counted.Alive = 0;
        Refused<Bijection>(stored);
        Assert.AreEqual(0, Counted.Alive, "Bijections that were read before the failure.");
        Kinds.Read<Bijection>(new StoredComponent("chain").WithChildren("bijections", [sound, sound])).Dispose();
        Assert.AreEqual(0, Counted.Alive);
    }

    [TestMethod]
    public void ReadersMayBeRegisteredWhileOthersLoad()
    {
        var chain = new BijectionChain().Store();
        Parallel.For(0, 200, i =>
        {
            Kinds.Register<Bijection>($"parallel-{i % 20}", ReadNothing);
            Kinds.Read<Bijection>(i % 2 == 0 ? chain : new StoredComponent($"parallel-{i % 20}")).Dispose();
        });
    }

    private static BijectionChain ReadNothing(StoredComponent stored) => new();

    private static string Refused<T>(StoredComponent stored)
        where T : class => Assert.ThrowsExactly<FormatException>(() => Kinds.Read<T>(stored)).Message;

    private sealed class Counted : Bijection
    {
        private bool _isDisposed;

        public Counted(Tensor scale)
            : base("kinds-arcsinh", scale.shape[0]) => Alive++;

        public static int Alive { get; set; }

        protected internal override Mapped MapForward(Tensor x, Generator? generator) => new(x.alias(), zeros(x.shape[0]));

        protected internal override Mapped MapInverse(Tensor y) => Forward(y);

        protected override void Dispose(bool disposing)
        {
            Alive -= _isDisposed ? 0 : 1;
            _isDisposed = true;
            base.Dispose(disposing);
        }
    }
}
