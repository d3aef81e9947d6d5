using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Probes.Orchestrator.Ingest;

/// <summary>Messages whose body is the batch itself: no envelope, whatever content type they state.</summary>
internal sealed class RawBatchSerializer : ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    public static readonly ContentType Protobuf = new("application/x-protobuf");

    public ContentType ContentType => Protobuf;

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class =>
        context.Message is RawBatch batch ? new RawBody(batch.Body) : throw new NotSupportedException($"{typeof(T)} does not go over this bus");

    public MessageBody GetMessageBody(string text) => throw new NotSupportedException("batches are not text");

    public ConsumeContext Deserialize(ReceiveContext receiveContext)
    {
        var userId = receiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery) && delivery.Properties.IsUserIdPresent()
            ? delivery.Properties.UserId
            : null;
        return new BodyConsumeContext(
            receiveContext, Context(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress, userId));
    }

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        Context(body, headers, destinationAddress, null);

    public void Probe(ProbeContext context) => context.CreateScope("protobuf");

    private RawContext Context(MessageBody body, Headers headers, Uri? destination, string? userId)
    {
        var message = new RawMessageContext(headers, destination, RawSerializerOptions.Default);
        return new RawContext(this, message, new RawBatch { Body = body.GetBytes(), UserId = userId ?? "", MessageId = message.MessageId });
    }

    private sealed class RawBody(ReadOnlyMemory<byte> bytes) : MessageBody
    {
        public long? Length => bytes.Length;

        public Stream GetStream() => new MemoryStream(GetBytes(), writable: false);

        public byte[] GetBytes() => bytes.ToArray();

        public string GetString() => Convert.ToBase64String(bytes.Span);
    }

    private sealed class NoObjects : IObjectDeserializer
    {
        public T? DeserializeObject<T>(object? value, T? defaultValue = default)
            where T : class => defaultValue;

        public T? DeserializeObject<T>(object? value, T? defaultValue = null)
            where T : struct => defaultValue;

        public MessageBody SerializeObject(object? value) => throw new NotSupportedException();
    }

    private sealed class RawContext(RawBatchSerializer serializer, MessageContext message, RawBatch batch)
        : BaseSerializerContext(new NoObjects(), message, [MessageUrn.ForTypeString<RawBatch>()])
    {
        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
            where T : class
        {
            message = batch as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = messageType == typeof(RawBatch) ? batch : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => serializer;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => serializer;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => serializer;

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => [];
    }
}
