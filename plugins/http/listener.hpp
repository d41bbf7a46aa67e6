#pragma once

#include <Poco/Net/ServerSocket.h>

#include <memory>
#include <string>

#include "options.hpp"

namespace sluice::http {

/// Binds and listens, with TLS when the options say so. Throws Failure: address in use, bad certificate, ...
std::unique_ptr<Poco::Net::ServerSocket> open_listener(const Options& options);

/// Who is at the other end: the client certificate's common name, else the address. `allowed` turns false when the
/// certificate is not on the list. Call it once data has arrived: the handshake is done then.
std::string peer_identity(Poco::Net::StreamSocket& socket, const Options& options, bool& allowed);

}  // namespace sluice::http
