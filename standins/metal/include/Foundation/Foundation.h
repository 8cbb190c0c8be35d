// Declarations of Apple's Foundation that the Metal plugin uses.
#pragma once

#include <dispatch/dispatch.h>
#include <stddef.h>
#include <stdint.h>

// C linkage, exported by a shared library.
#define FOUNDATION_EXPORT extern "C" __attribute__((visibility("default")))

#define NS_ENUM(type, name) \
  enum name : type name;    \
  enum name : type
// An integer in C++, so that options can be combined.
#define NS_OPTIONS(type, name) \
  type name;                   \
  enum : name

typedef double CFTimeInterval;
typedef NSString *NSErrorDomain;

typedef struct _NSRange {
  NSUInteger location;
  NSUInteger length;
} NSRange;

static inline NSRange NSMakeRange(NSUInteger location, NSUInteger length) {
  NSRange range = {location, length};
  return range;
}

@interface NSString : NSObject
@property(readonly) NSUInteger length;
@property(readonly) const char *UTF8String;
+ (instancetype)stringWithUTF8String:(const char *)text;
- (NSUInteger)lengthOfBytesUsingEncoding:(NSUInteger)encoding;
- (BOOL)isEqualToString:(NSString *)other;
@end

enum : NSUInteger { NSUTF8StringEncoding = 4 };

// The class of @"text".
@interface NSConstantString : NSString
@end

@interface NSArray<ObjectType> : NSObject
@property(readonly) NSUInteger count;
- (ObjectType)objectAtIndex:(NSUInteger)index;
- (ObjectType)objectAtIndexedSubscript:(NSUInteger)index;
@end

@interface NSURL : NSObject
+ (NSURL *)fileURLWithPath:(NSString *)path;
@property(readonly) NSString *path;
@end

@interface NSError : NSObject
@property(readonly) NSInteger code;
@property(readonly) NSErrorDomain domain;
@property(readonly) NSString *localizedDescription;
@end
